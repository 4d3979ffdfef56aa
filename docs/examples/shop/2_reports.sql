-- Revenue per hour, from the materialized view.
SELECT tenant, hour, sumMerge(revenue) AS revenue, uniqMerge(visitors) AS visitors
FROM shop_hours
GROUP BY tenant, hour
ORDER BY hour, tenant
LIMIT 8;

-- Top products by revenue.
SELECT tenant, product, sum(revenue) AS revenue, sum(quantity) AS sold
FROM shop_events
WHERE event = 'purchase'
GROUP BY tenant, product
ORDER BY revenue DESC, product
LIMIT 5;

-- Conversion: sessions that bought something, of all sessions.
SELECT
    tenant,
    uniqExact(session) AS sessions,
    uniqExactIf(session, event = 'purchase') AS buying,
    round(buying / sessions, 4) AS conversion
FROM shop_events
GROUP BY tenant
ORDER BY tenant;

-- Bounce rate: sessions of one event.
SELECT tenant, countIf(events = 1) AS bounced, count() AS sessions, round(bounced / sessions, 4) AS bounce_rate
FROM (SELECT tenant, session, count() AS events FROM shop_events GROUP BY tenant, session)
GROUP BY tenant
ORDER BY tenant;

-- The real invoices: revenue and returns by country.
SELECT
    Country,
    sum(Quantity * UnitPrice) AS revenue,
    sumIf(Quantity * UnitPrice, Quantity < 0) AS returned,
    uniqExact(InvoiceNo) AS invoices
FROM invoice_lines
GROUP BY Country
ORDER BY revenue DESC
LIMIT 5;

-- The real access log: visitors and traffic by day.
SELECT toDate(time) AS day, count() AS requests, uniq(ip) AS visitors, sum(bytes) AS bytes, countIf(status >= 400) AS errors
FROM access_log
GROUP BY day
ORDER BY day;
