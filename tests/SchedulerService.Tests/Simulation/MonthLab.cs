using System.Collections.Frozen;
using Dendrite.SchedulerService.Tests.Retention;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Npgsql;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>Does to the real platform what is planned for an hour, and tells the model.</summary>
internal sealed class MonthLab(RetentionLab lab, MonthModel model, DateTimeOffset origin)
{
    // As many clients as a small lab has at once.
    private const int Clients = 8;

    public DateTimeOffset At(int minute) => origin.AddMinutes(minute);

    public async Task HappenAsync(int now)
    {
        var deeds = model.Experiments.SelectMany(one => Due(one, now)).ToList();
        // Of one branch one after the other; all at the same instant.
        await Parallel.ForEachAsync(
            deeds.GroupBy(deed => deed.One.Id),
            new ParallelOptions { MaxDegreeOfParallelism = Clients },
            async (deedsOfOne, _) =>
            {
                foreach (var deed in deedsOfOne)
                    await deed.DoAsync();
            }
        );
    }

    private IEnumerable<(Experiment One, Func<Task> DoAsync)> Due(Experiment one, int now)
    {
        if (one.Made == now)
            yield return (one, () => CreateAsync(one));
        if (one.RestoredAfter is { } after && one.Deletions == 1 && one.Deleted + after == now)
            yield return (one, () => RestoreAsync(one, now));
        if (!one.IsLive || one.Made > now)
            yield break;
        if (one.End == now)
            yield return (one, () => EndAsync(one, now));
        if (one.Commits.Contains(now))
            yield return (one, () => CommitAsync(one, now));
        if (one.TaggedAt == now)
            yield return (one, () => TagAsync(one));
        if (one.Extension is { } extension && extension.At == now)
            yield return (one, () => ExtendAsync(one, extension.To));
        if (one.Merge is { } merge && merge.From == now)
            yield return (one, () => OpenMergeAsync(one));
        if (one.Merge is { } open && open.To == now && one.Branch.IsHeld)
            yield return (one, () => CloseMergeAsync(one));
    }

    private async Task CreateAsync(Experiment one)
    {
        await lab.CreateAsync(one.Id, more => more.Branch.Labels["sort"] = one.Sort);
        if (one.IsProtected)
            await lab.Branches.SetBranchProtectionAsync(new() { Name = NameOf(one), Protected = true }, lab.Admin);
    }

    private async Task EndAsync(Experiment one, int now)
    {
        await lab.EndAsync(one.Id, one.Fails ? ExperimentState.Failed : ExperimentState.Completed);
        (one.IsFailed, one.Branch) = (one.Fails, one.Branch with { ExperimentEnded = now });
    }

    private async Task CommitAsync(Experiment one, int now)
    {
        if (one.IsProtected)
            return;
        await lab.CommitAsync(one.Id);
        one.Branch = one.Branch with { LastCommit = now };
    }

    private async Task TagAsync(Experiment one)
    {
        await lab.TagAsync($"t-{one.Id}", one.Id);
        one.Branch = one.Branch with { HasTag = true };
    }

    private async Task ExtendAsync(Experiment one, int to)
    {
        var extended = new Branch { Name = NameOf(one), ExpireTime = At(to).ToTimestamp() };
        await lab.Branches.UpdateBranchAsync(new() { Branch = extended }, lab.Admin);
        one.Branch = one.Branch with { Expires = to };
    }

    private async Task RestoreAsync(Experiment one, int now)
    {
        await lab.Branches.UndeleteBranchAsync(new() { Name = NameOf(one) }, lab.Admin);
        one.Deleted = null;
        // An expiry that has passed is taken off.
        var expires = one.Branch.Expires > now ? one.Branch.Expires : null;
        one.Branch = one.Branch with { Restored = now, Expires = expires };
    }

    private async Task OpenMergeAsync(Experiment one)
    {
        await lab.AskAsync(
            $"""
            INSERT INTO branching.merge (project_id, source_branch_id, target_branch_id, source_name, target_name,
                source_version, target_version, state, creator)
            SELECT s.project_id, s.branch_id, t.branch_id, s.name, t.name, 0, 0, 'waiting', 'tests'
            FROM branching.branch s JOIN branching.branch t USING (project_id)
            WHERE s.name = '{one.Id}' AND t.name = 'main' AND s.project_id = {lab.Project.Value}
            """
        );
        one.Branch = one.Branch with { IsHeld = true };
    }

    private async Task CloseMergeAsync(Experiment one)
    {
        await lab.AskAsync(
            $"""
            UPDATE branching.merge SET state = 'abandoned', end_time = create_time
            WHERE source_name = '{one.Id}' AND end_time IS NULL
            """
        );
        one.Branch = one.Branch with { IsHeld = false };
    }

    /// <summary>What is there, as the database has it: the branch, and its latest warning in minutes.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync()
    {
        await using var command = lab.Database.Owner.CreateCommand(
            """
            SELECT b.name, b.delete_time IS NULL, n.due_time, n.warn_time
            FROM branching.branch b
            LEFT JOIN scheduling.retention_notice n ON n.project_id = b.project_id AND n.branch_uid = b.uid
            WHERE b.kind <> 'main'
            """
        );
        await using var reader = await command.ExecuteReaderAsync();
        var found = new Dictionary<string, string>();
        while (await reader.ReadAsync())
            found.Add(reader.GetString(0), Read(reader));
        return found.ToFrozenDictionary();
    }

    private string Read(NpgsqlDataReader row) =>
        Shown(
            row.GetBoolean(1),
            row.IsDBNull(2)
                ? null
                : (MinuteOf(row.GetFieldValue<DateTimeOffset>(2)), MinuteOf(row.GetFieldValue<DateTimeOffset>(3)))
        );

    /// <summary>What should be there.</summary>
    public IReadOnlyDictionary<string, string> Expect(int now) =>
        model
            .Experiments.Where(one => one.Made <= now && !one.IsGone)
            .ToDictionary(one => one.Id, one => Shown(one.Deleted is null, one.Branch.Warned));

    private static string Shown(bool isLive, (int End, int At)? warned) =>
        $"{(isLive ? "live" : "deleted")}{(warned is { } set ? $", warned at {set.At} of {set.End}" : "")}";

    private int MinuteOf(DateTimeOffset time) => (int)(time - origin).TotalMinutes;

    private static string NameOf(Experiment one) => RetentionLab.NameOf(one.Id);
}
