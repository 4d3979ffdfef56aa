-- The access log of a web server, as the web server writes it.
CREATE TABLE IF NOT EXISTS access_log
(
    ip String,
    time DateTime('UTC'),
    method LowCardinality(String),
    path String,
    status UInt16,
    bytes UInt64,
    referrer String,
    agent String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (time, ip);

-- Invoice lines of an online shop. Returns have negative quantities, some customers are not known.
CREATE TABLE IF NOT EXISTS invoice_lines
(
    InvoiceNo String,
    StockCode String,
    Description String,
    Quantity Int32,
    InvoiceDate DateTime('UTC'),
    UnitPrice Decimal(10, 2),
    CustomerID Float64,
    Country LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (InvoiceDate, InvoiceNo);

-- Synthetic events of several shops, as `freshet ingest --generate shop` makes them.
CREATE TABLE IF NOT EXISTS shop_events
(
    time DateTime64(3, 'UTC'),
    tenant LowCardinality(String),
    event LowCardinality(String),
    session String,
    visitor UInt64,
    page String,
    product UInt32,
    category LowCardinality(String),
    price Decimal(10, 2),
    quantity Int32,
    order_id UInt64,
    revenue Decimal(12, 2),
    country LowCardinality(String),
    device LowCardinality(String),
    referrer LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (tenant, event, time);

-- Hourly numbers, kept up to date in the same commit as the events.
CREATE MATERIALIZED VIEW IF NOT EXISTS shop_hours
ENGINE = AggregatingMergeTree
ORDER BY (tenant, hour)
AS SELECT
    tenant,
    toStartOfHour(time) AS hour,
    sumState(revenue) AS revenue,
    countIfState(event = 'purchase') AS items_sold,
    uniqState(visitor) AS visitors
FROM shop_events
GROUP BY tenant, hour;
