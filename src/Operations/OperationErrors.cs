using Dendrite.Errors;
using Dendrite.Storage.Operations;

namespace Dendrite.Operations;

/// <summary>How operations end that do not end well, besides what their tasks say.</summary>
internal static class OperationErrors
{
    public static DendriteException Cancelled() =>
        new(ErrorReason.OperationCancelled, "The operation was stopped because somebody asked for it; ask again.");

    public static DendriteException GivenUp(int attempts) =>
        new(
            ErrorReason.Internal,
            $"The operation was begun {attempts} times and never ended: its replicas went away. Ask for less at once, "
                + "or look into the logs of the service that works on it."
        );

    public static DendriteException Unforeseen(string operation) =>
        new(
            ErrorReason.Internal,
            $"The operation failed for an unforeseen reason; the log of the service that worked on it names it by "
                + $"{operation}."
        );

    public static DendriteException TooMuch(int sizeBytes) =>
        new(
            ErrorReason.QuotaExceeded,
            $"What is asked for takes {sizeBytes} bytes, and an operation holds {NewOperation.MaxRequestBytes}; ask "
                + "for less at once."
        );

    public static DendriteException TooLarge(long sizeBytes) =>
        new(
            ErrorReason.QuotaExceeded,
            $"The result has {sizeBytes} bytes, and an answer holds {OperationResponse.MaxBytes}; ask for less at once."
        );
}
