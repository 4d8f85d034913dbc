using System.Security.Cryptography;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Requests;
using Google.Protobuf;

namespace Dendrite.Operations;

/// <summary>
/// Begins long work for an RPC:
/// <code>
/// var mutation = Mutations.Of(context, request, request.RequestId, request.Project);
/// var again = await starter.FindAsync(project, mutation, token);      // a repeated request, whatever moved since
/// var work = new LongWork(Method, settled) { Identity = [digestOfSnapshots, digestOfOptions] };
/// return new() { Operation = again ?? await starter.StartAsync(project, work, mutation, token) };
/// </code>
/// Thread-safe.
/// </summary>
public sealed class OperationStarter(OperationStore store, OperationSignals signals, TimeProvider time)
{
    /// <summary>The operation of a repeated request as it is now; null where the request is new.</summary>
    /// <exception cref="DendriteException">REQUEST_ID_REUSED; OPERATION_NOT_FOUND: it was deleted.</exception>
    public async Task<V1.Operation?> FindAsync(
        WorkProject project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await store.FindRequestedAsync(project.Id, mutation, cancellationToken) is { } found
            ? OperationMessages.Of(project.Name, found)
            : null;

    /// <summary>
    /// Begins the work, or joins the operation that does the same, or gives the one that has done it. One round trip.
    /// </summary>
    /// <exception cref="DendriteException">REQUEST_ID_REUSED; QUOTA_EXCEEDED: the request is too large.</exception>
    public async Task<V1.Operation> StartAsync(
        WorkProject project,
        LongWork work,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        if (work.Request.CalculateSize() is var sizeBytes and > NewOperation.MaxRequestBytes)
        {
            throw OperationErrors.TooMuch(sizeBytes);
        }

        var asked = new NewOperation(
            Guid.CreateVersion7(time.GetUtcNow()).ToString(),
            work.Method,
            work.Request.ToByteArray(),
            work.Identity.Count == 0 ? null : Digest(work)
        );
        var (operation, created) = await store.StartAsync(project.Id, asked, mutation, cancellationToken);
        if (created)
        {
            signals.TellWork();
        }

        return OperationMessages.Of(project.Name, operation);
    }

    private static byte[] Digest(LongWork work)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in work.Identity)
        {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part.Span);
        }

        return hash.GetHashAndReset();
    }
}

/// <summary>A project by both its names.</summary>
public readonly record struct WorkProject(ProjectId Id, ProjectName Name);

/// <summary>Work that outlives its call.</summary>
/// <param name="Method">That of the <see cref="IOperationTask"/> that does it.</param>
/// <param name="Request">
/// What the task needs, settled: tags and heads resolved to versions, defaults filled in; at most
/// <see cref="NewOperation.MaxRequestBytes"/>.
/// </param>
public sealed record LongWork(string Method, IMessage Request)
{
    /// <summary>
    /// Everything that the result follows from, such as digests of snapshots, the options and a number that changes
    /// with the way of computing: equal identities are done once, and answered from what is kept. Empty: each request
    /// is work of its own.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Identity { get; init; } = [];
}
