using Dendrite.Operations;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>
/// Restores a backup on trial: all of it, into the database, compared by its digests, and given up. Nobody sees any of
/// it, and what it brought is removed as garbage is.
/// </summary>
internal sealed class DrillTask(RestoreEngine engine) : IOperationTask
{
    /// <summary>Begun by jobs; no RPC of the contract.</summary>
    public const string MethodName = "dendrite.v1.BackupService/DrillRestore";

    /// <summary>Kept once all is compared: a replica that dies while it cleans up does not try again.</summary>
    private const string Compared = "compared";

    public string Method => MethodName;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var request = work.ReadRequest<RestoreBackupRequest>();
        if (await work.FindPartAsync(Compared, cancellation) is { } compared)
        {
            await engine.DropAsync(work, cancellation);
            return ResultOf(BitConverter.ToInt64(compared));
        }

        var restored = await engine.RestoreAsync(work, request, cancellation);
        await work.TellAsync("cleaning up", 0, null, "branches and tags", cancellation);
        await work.KeepAsync([new(Compared, BitConverter.GetBytes(restored.ReadBytes))], cancellation);
        await engine.DropAsync(work, cancellation);
        return ResultOf(restored.ReadBytes);
    }

    private static RestoreResult ResultOf(long readBytes) => new() { ReadBytes = readBytes, DigestsEqual = true };
}
