namespace Dendrite.Errors;

/// <summary>
/// Every way in which a call can fail on purpose. The name, in UPPER_SNAKE_CASE, is the <c>reason</c> of the
/// <c>google.rpc.ErrorInfo</c> that clients receive, so a name never changes its meaning; the gRPC status that
/// belongs
/// to each stands in one table (<c>Dendrite.Contracts.Errors.ErrorStatus</c>).
/// </summary>
public enum ErrorReason
{
    /// <summary>A field of the request is malformed or outside its documented bounds.</summary>
    InvalidArgument,

    /// <summary>A resource name does not have the form its collection asks for.</summary>
    MalformedName,

    /// <summary>A page token is not one that this method gave out for this request.</summary>
    InvalidPageToken,

    /// <summary>A filter or an ordering does not parse, or names a field that cannot be used there.</summary>
    InvalidFilter,

    /// <summary>An update mask names a field that does not exist or may not be changed.</summary>
    InvalidUpdateMask,

    /// <summary>A sample index or range lies outside the stream.</summary>
    SamplesOutOfRange,

    /// <summary>A block has another number of channels or samples than its stream or its own header says.</summary>
    ChannelCountMismatch,

    /// <summary>A block's bytes do not have the checksum that came with them.</summary>
    ChecksumMismatch,

    /// <summary>A block's bytes cannot be decoded.</summary>
    MalformedBlock,

    /// <summary>A message of a stream came where the protocol does not allow it.</summary>
    ProtocolViolation,

    /// <summary>The request carries no API key, or one that is unknown, expired or disabled.</summary>
    Unauthenticated,

    /// <summary>The API key is good and does not reach this project or this call.</summary>
    PermissionDenied,

    /// <summary>The project does not exist.</summary>
    ProjectNotFound,

    /// <summary>The branch does not exist, or is deleted and was not asked for.</summary>
    BranchNotFound,

    /// <summary>The tag does not exist.</summary>
    TagNotFound,

    /// <summary>The commit or version does not exist or is not visible there.</summary>
    CommitNotFound,

    /// <summary>The stream does not exist in that branch.</summary>
    StreamNotFound,

    /// <summary>The channel does not exist in that stream.</summary>
    ChannelNotFound,

    /// <summary>The dataset does not exist in that branch.</summary>
    DatasetNotFound,

    /// <summary>Two branches, or two states, have different datasets of one name.</summary>
    DatasetMismatch,

    /// <summary>The record does not exist in that dataset.</summary>
    RecordNotFound,

    /// <summary>The job or job run does not exist.</summary>
    JobNotFound,

    /// <summary>A job has no such run.</summary>
    RunNotFound,

    /// <summary>The project has no such calendar.</summary>
    CalendarNotFound,

    /// <summary>The report does not exist.</summary>
    ReportNotFound,

    /// <summary>The long-running operation does not exist.</summary>
    OperationNotFound,

    /// <summary>The operation is not done yet: wait for it, or cancel it first.</summary>
    OperationActive,

    /// <summary>Somebody asked the operation to stop.</summary>
    OperationCancelled,

    /// <summary>The merge does not exist.</summary>
    MergeNotFound,

    /// <summary>The assertion does not exist in the project.</summary>
    AssertionNotFound,

    /// <summary>The quality check does not exist in the project.</summary>
    QualityCheckNotFound,

    /// <summary>No sync source of that name in the project.</summary>
    SyncSourceNotFound,

    /// <summary>An address leads to where this installation does not call out to, such as a private network.</summary>
    AddressRefused,

    /// <summary>
    /// A sync source does not answer as it is declared: what is declared, or the source, must change.
    /// </summary>
    SourceFailed,

    /// <summary>The folder of a sync source does not exist below the project's folder.</summary>
    FolderNotFound,

    /// <summary>The retention policy does not exist in the project.</summary>
    RetentionPolicyNotFound,

    /// <summary>The workflow does not exist in the project.</summary>
    WorkflowNotFound,

    /// <summary>The alert rule does not exist in the project.</summary>
    AlertRuleNotFound,

    /// <summary>The retention policy would take everything that can be taken at once, without a warning.</summary>
    RetentionTooBroad,

    /// <summary>The backup plan does not exist in the project.</summary>
    BackupPlanNotFound,

    /// <summary>The backup does not exist, or is not complete.</summary>
    BackupNotFound,

    /// <summary>Both sides of a merge changed the same things, and nothing says which to take.</summary>
    MergeConflict,

    /// <summary>A decision is about a conflict that is not, or not any more: list the conflicts again.</summary>
    ConflictChanged,

    /// <summary>The branch is not at the version that the caller asked for: read again and retry.</summary>
    HeadMoved,

    /// <summary>The result would break constraints or assertions.</summary>
    ChecksFailed,

    /// <summary>The merge is completed or abandoned: nothing can be decided about it.</summary>
    MergeClosed,

    /// <summary>The commit cannot be undone by a new one.</summary>
    NotRevertible,

    /// <summary>A run is not in a state in which this can be done with it.</summary>
    RunStateMismatch,

    /// <summary>Something else depends on what is to be deleted.</summary>
    ResourceInUse,

    /// <summary>A resource of that name exists already.</summary>
    AlreadyExists,

    /// <summary>The request id was used before with another request.</summary>
    RequestIdReused,

    /// <summary>The resource changed since the etag was read: read it again and retry.</summary>
    EtagMismatch,

    /// <summary>
    /// The record, or the branch's head, has another version than the caller expected: read it again and retry.
    /// </summary>
    VersionMismatch,

    /// <summary>
    /// A value or a record breaks what its dataset asks for: a range, a list of values, a uniqueness, a reference.
    /// </summary>
    ConstraintViolated,

    /// <summary>The branch is protected and refuses this change.</summary>
    BranchProtected,

    /// <summary>The branch is deleted, archived or otherwise closed to writes.</summary>
    BranchNotWritable,

    /// <summary>The stream exists with another layout: channels, sample type or rate differ.</summary>
    StreamLayoutMismatch,

    /// <summary>The stream was finished and takes no more samples.</summary>
    StreamFinished,

    /// <summary>A newer writer opened the stream; this writer's epoch is old.</summary>
    WriterFenced,

    /// <summary>Another writer has the stream open, and this one asked not to take over.</summary>
    WriterActive,

    /// <summary>A block says something else about samples that are already stored.</summary>
    BlockContradiction,

    /// <summary>A block begins beyond the next expected sample without a declared gap.</summary>
    BlockOutOfOrder,

    /// <summary>A limit of the caller (rate, sessions, bytes in flight) is used up.</summary>
    QuotaExceeded,

    /// <summary>Stored bytes fail their checksum or do not decode: damage.</summary>
    DataDamaged,

    /// <summary>A dependency is away for the moment; the same call may be tried again.</summary>
    Unavailable,

    /// <summary>This part of the contract is not implemented by this server.</summary>
    NotImplemented,

    /// <summary>Unplanned: a defect. The message names the trace, never the exception.</summary>
    Internal,
}
