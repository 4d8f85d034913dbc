namespace Grpc.Core;

/// <summary>Outcome of a call, with the numbers that travel in <c>grpc-status</c>.</summary>
public enum StatusCode
{
    /// <summary>The call succeeded.</summary>
    OK = 0,

    /// <summary>The call was cancelled, usually by the caller.</summary>
    Cancelled = 1,

    /// <summary>The peer failed in a way that says nothing more.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the call ended; the work may still have been done.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>What the request would create exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>The caller is not known.</summary>
    Unauthenticated = 16,

    /// <summary>A quota or a size limit is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the call needs; fix that first, then retry.</summary>
    FailedPrecondition = 9,

    /// <summary>A concurrent change got in the way; read again, then retry.</summary>
    Aborted = 10,

    /// <summary>The request is past the end of what there is.</summary>
    OutOfRange = 11,

    /// <summary>The server has no such method, or does not support this use of it.</summary>
    Unimplemented = 12,

    /// <summary>An invariant of the peer is broken.</summary>
    Internal = 13,

    /// <summary>The peer cannot be reached now; retry the same call.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or damaged beyond repair.</summary>
    DataLoss = 15,
}
