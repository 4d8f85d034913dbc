using Dendrite.Client.Connection;
using Dendrite.Errors;
using Grpc.Core;
using Polly.CircuitBreaker;

namespace Dendrite.Client.Gateways;

/// <summary>What a gateway does about a failure.</summary>
internal enum SendFailureKind
{
    /// <summary>Try again: the network, a restart, a full queue.</summary>
    Passing,

    /// <summary>
    /// Try again slowly: a person may change it (a key, a policy, a branch, a server that fails or is of another
    /// version).
    /// </summary>
    Refused,

    /// <summary>
    /// The service says that what was sent is wrong. It was right when it was spooled, so it may have been damaged on
    /// its way: believed when it is said several times without progress.
    /// </summary>
    Doubtful,

    /// <summary>Another writer has the stream.</summary>
    Fenced,

    /// <summary>It will be the same each time.</summary>
    Final,
}

/// <summary>Sorts failures; a service never says "network", and a network never says "fenced".</summary>
internal static class SendFailure
{
    public static SendFailureKind KindOf(Exception failure)
    {
        if (RetryRules.IsPassing(failure) || failure is BrokenCircuitException || IsOfProxy(failure))
        {
            return SendFailureKind.Passing;
        }

        // What has no reason of ours comes from the way there: a proxy, a broken frame.
        return RetryRules.Explain(failure) is DendriteException known ? KindOf(known.Reason) : SendFailureKind.Doubtful;
    }

    /// <summary>Whether it is about what annotations or anchors say, and not about the stream.</summary>
    public static bool IsOfEvent(Exception failure) =>
        RetryRules.Explain(failure)
            is DendriteException { Reason: ErrorReason.InvalidArgument or ErrorReason.ChannelNotFound };

    /// <summary>
    /// What a proxy answers in place of the service (401, 403, 404) while somebody works at it; our services give a
    /// reason with each of these.
    /// </summary>
    private static bool IsOfProxy(Exception failure) =>
        RetryRules.Explain(failure)
            is RpcException
            {
                StatusCode: StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.Unimplemented
            };

    // A gateway that gives up loses what its device measures from then on, so what is known to be about the content is
    // listed, and all else is waited for: a defect or a database that takes no writes (Internal, which is also what a
    // reason that this client does not know is read as), and what this server does not know yet (NotImplemented).
    private static SendFailureKind KindOf(ErrorReason reason) =>
        reason switch
        {
            ErrorReason.WriterFenced => SendFailureKind.Fenced,
            ErrorReason.StreamFinished or ErrorReason.StreamLayoutMismatch => SendFailureKind.Final,
            ErrorReason.InvalidArgument
            or ErrorReason.MalformedName
            or ErrorReason.SamplesOutOfRange
            or ErrorReason.ChannelNotFound
            or ErrorReason.ChannelCountMismatch
            or ErrorReason.ChecksumMismatch
            or ErrorReason.MalformedBlock
            or ErrorReason.BlockContradiction
            or ErrorReason.BlockOutOfOrder
            or ErrorReason.ProtocolViolation => SendFailureKind.Doubtful,
            _ => SendFailureKind.Refused,
        };
}
