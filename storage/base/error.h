// Error is the one exception type: an expected failure with ClickHouse's numeric code.
//
// The message ends in the offending value. Errors are caught at statement, connection and worker
// boundaries only; outcomes of single rows are values, never exceptions.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace freshet {

// Numbers and names are ClickHouse's, because clients decide by them.
enum class ErrorCode : int {
  UnsupportedMethod = 1,
  UnsupportedParameter = 2,
  CannotParseText = 6,
  IncorrectNumberOfColumns = 7,
  ThereIsNoColumn = 8,
  NotFoundColumnInBlock = 10,
  DuplicateColumn = 15,
  NoSuchColumnInTable = 16,
  NumberOfColumnsDoesntMatch = 20,
  CannotParseEscapeSequence = 25,
  CannotParseQuotedString = 26,
  CannotParseInputAssertionFailed = 27,
  AttemptToReadAfterEof = 32,
  CannotReadAllData = 33,
  TooManyArgumentsForFunction = 34,
  TooFewArgumentsForFunction = 35,
  BadArguments = 36,
  UnknownElementInAst = 37,
  CannotParseDate = 38,
  ChecksumDoesntMatch = 40,
  CannotParseDatetime = 41,
  NumberOfArgumentsDoesntMatch = 42,
  IllegalTypeOfArgument = 43,
  IllegalColumn = 44,
  UnknownFunction = 46,
  UnknownIdentifier = 47,
  NotImplemented = 48,
  LogicalError = 49,
  UnknownType = 50,
  EmptyListOfColumnsQueried = 51,
  TypeMismatch = 53,
  StorageRequiresParameter = 55,
  UnknownStorage = 56,
  TableAlreadyExists = 57,
  TableMetadataAlreadyExists = 58,
  IllegalTypeOfColumnForFilter = 59,
  UnknownTable = 60,
  SyntaxError = 62,
  UnknownAggregateFunction = 63,
  CannotGetSizeOfField = 68,
  ArgumentOutOfBound = 69,
  CannotConvertType = 70,
  CannotWriteAfterEndOfBuffer = 71,
  CannotParseNumber = 72,
  UnknownFormat = 73,
  CannotReadFromFileDescriptor = 74,
  CannotWriteToFileDescriptor = 75,
  CannotOpenFile = 76,
  UnknownTypeOfQuery = 78,
  IncorrectQuery = 80,
  UnknownDatabase = 81,
  DatabaseAlreadyExists = 82,
  UnknownIdentifierInTable = 92,
  FileDoesntExist = 107,
  NoDataToInsert = 108,
  UnknownSetting = 115,
  ThereIsNoDefaultValue = 116,
  IncorrectData = 117,
  IncompatibleColumns = 122,
  IncorrectResultOfScalarSubquery = 125,
  TooLargeArraySize = 128,
  CannotReadArrayFromText = 130,
  TooLargeStringSize = 131,
  AggregateFunctionThrow = 152,
  DivisionByZero = 153,
  TimeoutExceeded = 159,
  TooSlow = 160,
  Readonly = 164,
  BadTypeOfField = 169,
  CannotAllocateMemory = 173,
  CyclicAliases = 174,
  MultipleExpressionsForAlias = 179,
  IllegalFinal = 181,
  UnexpectedExpression = 183,
  IllegalAggregation = 184,
  SizesOfArraysDontMatch = 190,
  UnknownUser = 192,
  TooManySimultaneousQueries = 202,
  NoFreeConnection = 203,
  CannotFsync = 204,
  AmbiguousIdentifier = 207,
  NetworkError = 210,
  NotAnAggregate = 215,
  QueryWithSameIdIsAlreadyRunning = 216,
  DatabaseNotEmpty = 219,
  QueryIsTooLarge = 229,
  NoSuchDataPart = 232,
  BadDataPartName = 233,
  Aborted = 236,
  MemoryLimitExceeded = 241,
  NotEnoughSpace = 243,
  CorruptedData = 246,
  InvalidPartitionValue = 248,
  TooManyParts = 252,
  UnionAllResultStructuresMismatch = 258,
  CannotDecompress = 271,
  TooDeepRecursion = 306,
  ValueIsOutOfRangeOfDataType = 321,
  UnfinishedCommit = 341,
  SupportIsDisabled = 344,
  CannotInsertNullInOrdinaryColumn = 349,
  AmbiguousColumnName = 352,
  SessionNotFound = 372,
  SessionIsLocked = 373,
  InvalidSessionTimeout = 374,
  CannotParseUuid = 376,
  HttpLengthRequired = 381,
  NoCommonType = 386,
  CannotGetCreateTableQuery = 390,
  QueryWasCancelled = 394,
  FunctionThrowIfValueIsNonZero = 395,
  TooManyRowsOrBytes = 396,
  InvalidJoinOnExpression = 403,
  DecimalOverflow = 407,
  MultipleAssignmentsToColumn = 419,
  CannotUpdateColumn = 420,
  CannotParseRegexp = 427,
  UnknownCodec = 432,
  CannotParseDomainValue = 441,
  BadTtlExpression = 450,
  UnknownQueryParameter = 456,
  BadQueryParameter = 457,
  CannotParseBool = 467,
  AccessDenied = 497,
  FileAlreadyExists = 504,
  UnknownRole = 511,
  AuthenticationFailed = 516,
  AlterOfColumnIsForbidden = 524,
  ExpectedAllOrDistinct = 558,
  NoSuchProjectionInTable = 582,
  IllegalProjection = 583,
  ProjectionNotUsed = 584,
  BackupAlreadyExists = 598,
  BackupNotFound = 599,
  BackupVersionNotSupported = 600,
  BackupDamaged = 601,
  NoBaseBackup = 602,
  WrongBaseBackup = 603,
  BackupEntryNotFound = 605,
  BackupIsEmpty = 606,
  CannotRestoreTable = 608,
  CannotParseIpv4 = 675,
  CannotParseIpv6 = 676,
  UnknownElementOfEnum = 691,
};

// ClickHouse's name of a code, such as "UNKNOWN_TABLE".
std::string_view error_name(ErrorCode code);

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message);

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // The number that clients see.
  int number() const { return static_cast<int>(code_); }
  // "Code: 60. DB::Exception: Unknown table x. (UNKNOWN_TABLE)", the form that clients parse.
  std::string display() const;
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
};

}  // namespace freshet
