using System.Collections.Frozen;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Status = Google.Rpc.Status;

namespace Dendrite.Contracts.Errors;

/// <summary>
/// The one table from <see cref="ErrorReason"/> to the wire, for both sides. How a status is chosen: try the same
/// call
/// again → UNAVAILABLE; read again and retry → ABORTED; fix the state first → FAILED_PRECONDITION; damage →
/// DATA_LOSS.
/// </summary>
public static class ErrorStatus
{
    /// <summary>The <c>domain</c> of every <c>google.rpc.ErrorInfo</c> of ours.</summary>
    public const string Domain = "dendrite.dev";

    // Trailers share a limit of 8 KiB with all other headers in most gRPC stacks, the details in base64 and the
    // message twice: an error that does not fit would reach the caller as a broken connection. The first findings are
    // what a person mends first, so the rest is left out.
    private const int MaxMessageLength = 600;
    private const int MaxTextLength = 200;
    private const int MaxViolationBytes = 2_000;
    private const int MaxMetadataBytes = 1_200;
    private const int MaxDetailBytes = 1_500;

    private static readonly FrozenDictionary<ErrorReason, StatusCode> Codes = new Dictionary<ErrorReason, StatusCode>
    {
        [ErrorReason.InvalidArgument] = StatusCode.InvalidArgument,
        [ErrorReason.MalformedName] = StatusCode.InvalidArgument,
        [ErrorReason.InvalidPageToken] = StatusCode.InvalidArgument,
        [ErrorReason.InvalidFilter] = StatusCode.InvalidArgument,
        [ErrorReason.InvalidUpdateMask] = StatusCode.InvalidArgument,
        [ErrorReason.SamplesOutOfRange] = StatusCode.OutOfRange,
        [ErrorReason.ChannelCountMismatch] = StatusCode.InvalidArgument,
        [ErrorReason.ChecksumMismatch] = StatusCode.InvalidArgument,
        [ErrorReason.MalformedBlock] = StatusCode.InvalidArgument,
        [ErrorReason.ProtocolViolation] = StatusCode.FailedPrecondition,
        [ErrorReason.Unauthenticated] = StatusCode.Unauthenticated,
        [ErrorReason.PermissionDenied] = StatusCode.PermissionDenied,
        [ErrorReason.ProjectNotFound] = StatusCode.NotFound,
        [ErrorReason.BranchNotFound] = StatusCode.NotFound,
        [ErrorReason.TagNotFound] = StatusCode.NotFound,
        [ErrorReason.CommitNotFound] = StatusCode.NotFound,
        [ErrorReason.StreamNotFound] = StatusCode.NotFound,
        [ErrorReason.ChannelNotFound] = StatusCode.NotFound,
        [ErrorReason.DatasetNotFound] = StatusCode.NotFound,
        [ErrorReason.DatasetMismatch] = StatusCode.FailedPrecondition,
        [ErrorReason.RecordNotFound] = StatusCode.NotFound,
        [ErrorReason.JobNotFound] = StatusCode.NotFound,
        [ErrorReason.RunNotFound] = StatusCode.NotFound,
        [ErrorReason.CalendarNotFound] = StatusCode.NotFound,
        [ErrorReason.ReportNotFound] = StatusCode.NotFound,
        [ErrorReason.OperationNotFound] = StatusCode.NotFound,
        [ErrorReason.OperationActive] = StatusCode.FailedPrecondition,
        [ErrorReason.OperationCancelled] = StatusCode.Cancelled,
        [ErrorReason.MergeNotFound] = StatusCode.NotFound,
        [ErrorReason.AssertionNotFound] = StatusCode.NotFound,
        [ErrorReason.QualityCheckNotFound] = StatusCode.NotFound,
        [ErrorReason.SyncSourceNotFound] = StatusCode.NotFound,
        [ErrorReason.AddressRefused] = StatusCode.FailedPrecondition,
        [ErrorReason.SourceFailed] = StatusCode.FailedPrecondition,
        [ErrorReason.FolderNotFound] = StatusCode.NotFound,
        [ErrorReason.RetentionPolicyNotFound] = StatusCode.NotFound,
        [ErrorReason.WorkflowNotFound] = StatusCode.NotFound,
        [ErrorReason.AlertRuleNotFound] = StatusCode.NotFound,
        [ErrorReason.RetentionTooBroad] = StatusCode.FailedPrecondition,
        [ErrorReason.BackupPlanNotFound] = StatusCode.NotFound,
        [ErrorReason.BackupNotFound] = StatusCode.NotFound,
        [ErrorReason.AlreadyExists] = StatusCode.AlreadyExists,
        [ErrorReason.RequestIdReused] = StatusCode.AlreadyExists,
        [ErrorReason.EtagMismatch] = StatusCode.Aborted,
        [ErrorReason.VersionMismatch] = StatusCode.Aborted,
        [ErrorReason.ConstraintViolated] = StatusCode.FailedPrecondition,
        [ErrorReason.MergeConflict] = StatusCode.Aborted,
        [ErrorReason.ConflictChanged] = StatusCode.Aborted,
        [ErrorReason.HeadMoved] = StatusCode.Aborted,
        [ErrorReason.ChecksFailed] = StatusCode.FailedPrecondition,
        [ErrorReason.MergeClosed] = StatusCode.FailedPrecondition,
        [ErrorReason.NotRevertible] = StatusCode.FailedPrecondition,
        [ErrorReason.RunStateMismatch] = StatusCode.FailedPrecondition,
        [ErrorReason.ResourceInUse] = StatusCode.FailedPrecondition,
        [ErrorReason.BranchProtected] = StatusCode.FailedPrecondition,
        [ErrorReason.BranchNotWritable] = StatusCode.FailedPrecondition,
        [ErrorReason.StreamLayoutMismatch] = StatusCode.FailedPrecondition,
        [ErrorReason.StreamFinished] = StatusCode.FailedPrecondition,
        [ErrorReason.WriterFenced] = StatusCode.Aborted,
        [ErrorReason.WriterActive] = StatusCode.FailedPrecondition,
        [ErrorReason.BlockContradiction] = StatusCode.FailedPrecondition,
        [ErrorReason.BlockOutOfOrder] = StatusCode.FailedPrecondition,
        [ErrorReason.QuotaExceeded] = StatusCode.ResourceExhausted,
        [ErrorReason.DataDamaged] = StatusCode.DataLoss,
        [ErrorReason.Unavailable] = StatusCode.Unavailable,
        [ErrorReason.NotImplemented] = StatusCode.Unimplemented,
        [ErrorReason.Internal] = StatusCode.Internal,
    }.ToFrozenDictionary();

    /// <summary>The gRPC status code of a reason.</summary>
    public static StatusCode CodeOf(ErrorReason reason) =>
        Codes.TryGetValue(reason, out var code)
            ? code
            : throw new ArgumentOutOfRangeException(nameof(reason), reason, "no status is given for this reason");

    /// <summary>The status with its details, as it travels in <c>grpc-status-details-bin</c>.</summary>
    public static Status ToStatus(DendriteException error)
    {
        var code = CodeOf(error.Reason);
        var status = new Status { Code = (int)code, Message = Shorten(error.Message, MaxMessageLength) };
        status.Details.Add(Any.Pack(InfoOf(error)));
        if (error.FieldViolations.Count > 0)
            status.Details.Add(Any.Pack(BadRequestOf(error)));
        if (code == StatusCode.FailedPrecondition)
            status.Details.Add(Any.Pack(PreconditionOf(error)));
        AddDetails(status, error.Details);
        if (error.RetryAfter is { } wait)
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        return status;
    }

    /// <summary>
    /// The exception that a gRPC handler throws so that the caller receives the error with its details.
    /// </summary>
    public static RpcException ToRpcException(DendriteException error)
    {
        var status = ToStatus(error);
        return new RpcException(new((StatusCode)status.Code, status.Message, error), StatusDetails.ToTrailers(status));
    }

    /// <summary>The error that a Dendrite service sent, or null where another party failed the call.</summary>
    public static DendriteException? FromRpcException(RpcException failure) =>
        StatusDetails.Find(failure) is { } status ? FromStatus(status, failure) : null;

    /// <summary>
    /// The error in a status, such as that of an operation, or null where a Dendrite service did not write it.
    /// </summary>
    /// <param name="status">The status with its details.</param>
    /// <param name="cause">What to keep as the inner exception.</param>
    public static DendriteException? FromStatus(Status status, Exception? cause = null)
    {
        if (StatusDetails.Find<ErrorInfo>(status) is not { Domain: Domain } info)
            return null;
        // A newer server may know more reasons than this client; the message still says what happened.
        var reason = ErrorReasonNames.Find(info.Type) ?? ErrorReason.Internal;
        var violations = StatusDetails.Find<BadRequest>(status)?.FieldViolations;
        return new DendriteException(reason, status.Message, cause)
        {
            Metadata = info.Metadata.ToDictionary(),
            FieldViolations =
                violations?.Select(found => new FieldViolation(found.Field, found.Description)).ToList() ?? [],
            RetryAfter = StatusDetails.Find<RetryInfo>(status)?.RetryDelay?.ToTimeSpan(),
        };
    }

    // Google.Api.CommonProtos 2.0.0 still calls field 1 `type`; the wire and every other language know it as
    // `reason`.
    private static ErrorInfo InfoOf(DendriteException error)
    {
        var info = new ErrorInfo { Type = ErrorReasonNames.Of(error.Reason), Domain = Domain };
        var left = MaxMetadataBytes;
        foreach (var (key, value) in error.Metadata)
        {
            var shown = Shorten(value, MaxTextLength);
            left -= Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(shown);
            if (left < 0)
                break;
            info.Metadata.Add(key, shown);
        }
        return info;
    }

    private static void AddDetails(Status status, IReadOnlyList<object> details)
    {
        var left = MaxDetailBytes;
        foreach (var detail in details.OfType<IMessage>())
        {
            left -= detail.CalculateSize();
            if (left < 0)
                break;
            status.Details.Add(Any.Pack(detail));
        }
    }

    private static BadRequest BadRequestOf(DendriteException error)
    {
        var request = new BadRequest();
        foreach (var (field, problem) in error.FieldViolations)
        {
            request.FieldViolations.Add(
                new BadRequest.Types.FieldViolation
                {
                    Field = Shorten(field, MaxTextLength),
                    Description = Shorten(problem, MaxTextLength),
                }
            );
            if (request.CalculateSize() <= MaxViolationBytes)
                continue;
            request.FieldViolations.RemoveAt(request.FieldViolations.Count - 1);
            break;
        }
        return request;
    }

    private static PreconditionFailure PreconditionOf(DendriteException error)
    {
        var violation = new PreconditionFailure.Types.Violation
        {
            Type = ErrorReasonNames.Of(error.Reason),
            Subject = Shorten(error.Metadata.GetValueOrDefault("resource") ?? "", MaxTextLength),
            Description = Shorten(error.Message, MaxTextLength),
        };
        return new PreconditionFailure { Violations = { violation } };
    }

    private static string Shorten(string text, int length) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, length - 1), "…");
}
