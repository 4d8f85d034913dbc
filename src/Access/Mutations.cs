using System.Security.Cryptography;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Requests;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Access;

/// <summary>Says who asks for a change, and by which request.</summary>
public static class Mutations
{
    /// <param name="requestId">As it came; empty for none.</param>
    /// <param name="resource">Resource name of what is changed.</param>
    public static Mutation Of(ServerCallContext context, IMessage request, string requestId, string resource) =>
        new(context.GetCaller().Label, context.Method[(context.Method.LastIndexOf('/') + 1)..], resource)
        {
            RequestId = RequestFields.RequestId(requestId),
            RequestDigest = Digest(request),
        };

    /// <summary>The same of a deletion.</summary>
    /// <param name="allowMissing">Whether it is no error that there is nothing to delete.</param>
    public static Mutation OfDeletion(
        ServerCallContext context,
        IMessage request,
        string requestId,
        string resource,
        bool allowMissing
    ) => Of(context, request, requestId, resource) with { AllowsMissing = allowMissing };

    /// <summary>Equal requests have equal digests: maps are written in order.</summary>
    private static byte[] Digest(IMessage request)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true) { Deterministic = true })
        {
            request.WriteTo(output);
        }

        return SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }
}
