using System.Text.Json.Nodes;
using Dendrite.Backups.Format;
using Dendrite.Backups.Stores;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Backups.Checking;
using Dendrite.Storage.Backups;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Backups.Making;

/// <summary>
/// Makes a backup. The states are held when it begins and stay held over crashes, so whichever attempt ends it, it is
/// the state of one instant; the manifest comes last, so there is a whole backup or none.
/// </summary>
internal sealed class BackupTask(
    BackupPlanStore plans,
    BackupStore backups,
    BackupHolds holds,
    ContentDigester digester,
    ItemSelector selector,
    TimelineExporter exporter,
    StoreCatalog stores,
    TimeProvider time
) : IOperationTask
{
    public const string MethodName = "dendrite.v1.BackupService/StartBackup";

    /// <summary>Another is removing what nothing refers to; it takes seconds, of large stores minutes.</summary>
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    /// <summary>A damaged object is written anew once; a store that damages it again is not trusted further.</summary>
    private const int MaxPasses = 2;

    public string Method => MethodName;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var name = BackupPlanName.Parse(work.ReadRequest<StartBackupRequest>().Parent, "parent");
        var plan = await plans.GetAsync(work.Project, name.Plan, cancellation);
        var files = new BackupFiles(stores.Get(plan.Store), name.Project);
        var backup = await BeginAsync(work, plan, cancellation);
        if (backup.State != BackupState.Complete)
        {
            await HoldAsync(work, plan, new(backup.Plan, backup.Name), cancellation);
            backup = await MakeAsync(work, plan, (files, backup), cancellation);
        }

        return BackupMessages.Of(name.Project, backup);
    }

    private async Task<BackupRecord> BeginAsync(
        OperationWork work,
        BackupPlanRecord plan,
        CancellationToken cancellation
    )
    {
        var id = BackupMessages.IdOf(work.CreateTime, work.Name.Operation);
        var asked = new BackupRecord(plan.Name, id, plan.Store)
        {
            State = BackupState.Running,
            CreateTime = work.CreateTime,
        };
        while (true)
        {
            if (await backups.BeginAsync(work.Project, asked, work.Name.Operation, cancellation) is { } begun)
            {
                return begun;
            }

            await work.TellAsync("waiting for the store", 0, null, "bytes", cancellation);
            await Task.Delay(StorePause, time, cancellation);
        }
    }

    private async Task HoldAsync(
        OperationWork work,
        BackupPlanRecord plan,
        BackupKey key,
        CancellationToken cancellation
    )
    {
        await work.TellAsync("holding the states", 0, null, "bytes", cancellation);
        var project = work.ProjectName;
        var branches =
            plan.BranchFilter.Length == 0
                ? []
                : await selector.ListBranchesAsync(project, plan.BranchFilter, cancellation);
        var tags =
            plan.TagFilter.Length == 0 ? [] : await selector.ListTagsAsync(project, plan.TagFilter, cancellation);
        Require(branches.Count + tags.Count <= BackupLimits.Items);
        await holds.HoldAsync(work.Project, key, branches, tags, cancellation);
    }

    private async Task<BackupRecord> MakeAsync(
        OperationWork work,
        BackupPlanRecord plan,
        (BackupFiles Files, BackupRecord Backup) target,
        CancellationToken cancellation
    )
    {
        var (files, backup) = target;
        var key = new BackupKey(backup.Plan, backup.Name);
        var (states, lines) = await holds.ReadAsync(work.Project, key, cancellation);
        if (states.Count == 0)
        {
            throw DendriteException.Invalid(
                "branch_filter",
                $"of plan '{plan.Name}' matches no branch, and its tag_filter no tag: there is nothing to back up"
            );
        }

        // Before the work: who reads it would refuse it.
        Require(
            states.Count <= BackupLimits.Items
                && lines.Count <= BackupLimits.Timelines
                && states.Sum(state => (long)state.Entries.Count) <= BackupLimits.Entries
        );
        var items = await DigestAsync(work, states, cancellation);
        IReadOnlySet<string> distrusted = new HashSet<string>();
        for (var pass = 1; ; pass++)
        {
            var sink = new ChunkSink(files, work, distrusted);
            await KnowAsync(work, sink, files, plan.Store, cancellation);
            var manifest = await ExportAsync(work, (sink, backup), items, lines, cancellation);
            distrusted = plan.Verify ? await ReadBackAsync(work, files, manifest, cancellation) : distrusted;
            if (distrusted.Count == 0 || !plan.Verify)
            {
                return await CompleteAsync(work, (files, manifest), (key, plan.Verify, sink), cancellation);
            }

            if (pass == MaxPasses)
            {
                throw BackupFiles.Damaged(files.Key(distrusted.First()).ToString(), "it was written just now", null);
            }
        }
    }

    private async Task<IReadOnlyList<ManifestItem>> DigestAsync(
        OperationWork work,
        IReadOnlyList<HeldState> states,
        CancellationToken cancellation
    )
    {
        var items = new List<ManifestItem>();
        foreach (var state in states)
        {
            await work.TellAsync("digesting", items.Count, states.Count, "branches and tags", cancellation);
            var digest = await digester.ComputeAsync(work.Project, state.Snapshot, cancellation);
            items.Add(
                new()
                {
                    Kind = state.Kind,
                    Name = state.Name,
                    Timeline = state.Timeline.Value,
                    Version = state.Version.Value,
                    Digest = Convert.ToHexStringLower(digest),
                    Entries =
                    [
                        .. state.Entries.Select(entry => new ManifestEntry(
                            entry.Owner.Value,
                            entry.Since.Value,
                            entry.Through.Value
                        )),
                    ],
                    Descriptor = JsonNode.Parse(state.DescriptorJson)!.AsObject(),
                }
            );
        }

        return items;
    }

    /// <summary>What the store holds already: of this backup's earlier attempts, and of the newest backup.</summary>
    private async Task KnowAsync(
        OperationWork work,
        ChunkSink sink,
        BackupFiles files,
        string store,
        CancellationToken cancellation
    )
    {
        if (await backups.FindNewestAsync(work.Project, store, cancellation) is { } newest)
        {
            try
            {
                var manifest = await files.ReadManifestAsync(newest, cancellation);
                sink.Know(manifest.Timelines.SelectMany(line => line.Chunks));
            }
            catch (DendriteException damage) when (damage.Reason == ErrorReason.DataDamaged)
            {
                // Then everything is looked at; CheckBackup says what is wrong with that one.
            }
        }

        await sink.LoadAsync(cancellation);
    }

    private async Task<Manifest> ExportAsync(
        OperationWork work,
        (ChunkSink Sink, BackupRecord Backup) target,
        IReadOnlyList<ManifestItem> items,
        IReadOnlyList<HeldLine> lines,
        CancellationToken cancellation
    )
    {
        var timelines = new List<ManifestTimeline>();
        foreach (var line in lines)
        {
            timelines.Add(await exporter.ExportAsync(work.Project, line, target.Sink, cancellation));
        }

        return new()
        {
            Format = Manifest.FormatName,
            Project = work.ProjectName.Project,
            Plan = target.Backup.Plan,
            Backup = target.Backup.Name,
            CreateTime = target.Backup.CreateTime,
            Items = items,
            Timelines = timelines,
            ObjectBytes = target.Sink.TotalBytes,
        };
    }

    private static async Task<IReadOnlySet<string>> ReadBackAsync(
        OperationWork work,
        BackupFiles files,
        Manifest manifest,
        CancellationToken cancellation
    )
    {
        var found = await BackupChecker.CheckAsync(work, files, manifest, cancellation);
        return found.Damaged;
    }

    private async Task<BackupRecord> CompleteAsync(
        OperationWork work,
        (BackupFiles Files, Manifest Manifest) made,
        (BackupKey Key, bool Verified, ChunkSink Sink) how,
        CancellationToken cancellation
    )
    {
        var (content, digest) = ManifestFile.Write(made.Manifest);
        Require(ManifestFile.Fits(made.Manifest, content));
        // As whoever restores it will: what cannot be read is no backup, and nothing says later that it is one.
        ManifestFile.Read(content, digest);
        await work.TellAsync("writing the manifest", how.Sink.TotalBytes, how.Sink.TotalBytes, "bytes", cancellation);
        var place = BackupKeys.Manifest(made.Files.Project, how.Key.Plan, how.Key.Name, digest);
        await made.Files.Store.PutAsync(place, content, cancellation);
        var complete = new CompleteBackup(how.Key, digest)
        {
            TotalBytes = how.Sink.TotalBytes + content.Length,
            AddedBytes = how.Sink.AddedBytes + content.Length,
            ItemsJson = BackupMessages.ItemsJson(made.Files.Project, made.Manifest.Items),
            VerifyTime = how.Verified ? time.GetUtcNow() : null,
        };
        return await backups.CompleteAsync(work.Project, complete, cancellation);
    }

    private static void Require(bool fits)
    {
        if (!fits)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                "The plan names more branches and tags, or more of their data, than a backup holds; divide it by "
                    + "filters into several plans."
            );
        }
    }
}
