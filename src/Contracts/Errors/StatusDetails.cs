using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Contracts.Errors;

/// <summary>Writes and reads <c>google.rpc.Status</c> in the trailer that gRPC reserves for it.</summary>
public static class StatusDetails
{
    /// <summary>Name of the trailer.</summary>
    public const string TrailerName = "grpc-status-details-bin";

    /// <summary>Trailers that hold the status.</summary>
    public static Metadata ToTrailers(Google.Rpc.Status status) => new() { { TrailerName, status.ToByteArray() } };

    /// <summary>The status that came with a failed call, or null where none came or it cannot be read.</summary>
    public static Google.Rpc.Status? Find(RpcException failure)
    {
        var bytes = failure.Trailers.GetValueBytes(TrailerName);
        if (bytes is null)
            return null;
        try
        {
            return Google.Rpc.Status.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            // The call failed either way; details that a proxy mangled must not hide its own status.
            return null;
        }
    }

    /// <summary>The first detail of this type, or null where there is none or it cannot be read.</summary>
    public static T? Find<T>(Google.Rpc.Status status)
        where T : class, IMessage<T>, new()
    {
        foreach (var detail in status.Details)
        {
            try
            {
                if (detail.TryUnpack<T>(out var found))
                    return found;
            }
            catch (InvalidProtocolBufferException)
            {
                return null;
            }
        }
        return null;
    }
}
