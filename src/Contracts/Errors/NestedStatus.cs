using Google.Protobuf;

namespace Dendrite.Contracts.Errors;

/// <summary>
/// A status as a field of another message, such as <c>Operation.error</c>, and as it travels in trailers: two types of
/// one form, because <c>Google.Api.CommonProtos</c> 2.0.0 has one that no other message can hold.
/// </summary>
public static class NestedStatus
{
    /// <summary>An error as a field.</summary>
    public static Rpc.Status Of(DendriteException error) => Of(ErrorStatus.ToStatus(error));

    /// <summary>A status as a field.</summary>
    public static Rpc.Status Of(Google.Rpc.Status status) => Rpc.Status.Parser.ParseFrom(status.ToByteArray());

    /// <summary>The error in a field; null where a Dendrite service did not write it.</summary>
    public static DendriteException? ToError(Rpc.Status status) =>
        ErrorStatus.FromStatus(Google.Rpc.Status.Parser.ParseFrom(status.ToByteArray()));
}
