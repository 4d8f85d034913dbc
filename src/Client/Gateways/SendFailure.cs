using Dendrite.Client.Connection;
using Dendrite.Errors;
using Polly.CircuitBreaker;

namespace Dendrite.Client.Gateways;

/// <summary>What a gateway does about a failure.</summary>
internal enum SendFailureKind
{
    /// <summary>Try again: the network, a restart, a full queue.</summary>
    Passing,

    /// <summary>Try again slowly: a person may change it (a key, a policy, a branch).</summary>
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
        if (RetryRules.IsPassing(failure) || failure is BrokenCircuitException)
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

    private static SendFailureKind KindOf(ErrorReason reason) =>
        reason switch
        {
            ErrorReason.WriterFenced => SendFailureKind.Fenced,
            ErrorReason.Unauthenticated
            or ErrorReason.PermissionDenied
            or ErrorReason.ProjectNotFound
            or ErrorReason.BranchNotFound
            or ErrorReason.StreamNotFound
            or ErrorReason.BranchProtected
            or ErrorReason.BranchNotWritable
            or ErrorReason.WriterActive => SendFailureKind.Refused,
            ErrorReason.StreamFinished or ErrorReason.StreamLayoutMismatch => SendFailureKind.Final,
            _ => SendFailureKind.Doubtful,
        };
}
