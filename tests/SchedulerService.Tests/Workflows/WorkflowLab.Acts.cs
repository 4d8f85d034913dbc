using Dendrite.Contracts.Names;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Crc32C = Dendrite.Signals.Blocks.Crc32C;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>What tests do with it, and what they look at.</summary>
public sealed partial class WorkflowLab
{
    /// <summary>Every kind of step, in the order of an experiment.</summary>
    public static IReadOnlyList<WorkflowStep> Whole() =>
        [
            new() { StepId = "fork", Fork = new() },
            new() { StepId = "collect", SyncSource = Source },
            new()
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
            },
            new() { StepId = "check", Checks = new() },
            new() { StepId = "save", Merge = new() },
            new() { StepId = "done", Complete = new() },
            new() { StepId = "name", TagId = "result-{purpose}-v{n}" },
        ];

    /// <summary>A workflow that tries again at once.</summary>
    public async Task<Workflow> CreateAsync(
        IEnumerable<WorkflowStep> steps,
        WorkflowFailurePolicy onFailure = WorkflowFailurePolicy.Unspecified
    )
    {
        var id = $"study-{Interlocked.Increment(ref count)}";
        var workflow = new Workflow { DisplayName = "A night", OnFailure = onFailure };
        workflow.Steps.AddRange(steps);
        var made = await Workflows.CreateWorkflowAsync(
            new()
            {
                Parent = Parent,
                WorkflowId = id,
                Workflow = workflow,
            },
            Key
        );
        var soon = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(10));
        await Jobs.UpdateJobAsync(
            new()
            {
                Job = new()
                {
                    Name = $"{Parent}/jobs/{id}",
                    Policy = new()
                    {
                        Overlap = OverlapPolicy.Allow,
                        InitialBackoff = soon,
                        MaxBackoff = soon,
                    },
                },
            },
            Key
        );
        return made.Workflow;
    }

    /// <summary>Begins a run; its branch is <c>night-PURPOSE-v1</c>.</summary>
    public async Task<(string Run, string Purpose)> BeginAsync(Workflow workflow)
    {
        var purpose = $"p{Interlocked.Increment(ref count)}";
        var begun = await Workflows.RunWorkflowAsync(
            new() { Name = workflow.Name, TemplateValues = { ["purpose"] = purpose } },
            Key
        );
        return (begun.Run.Name, purpose);
    }

    public static string BranchOf(string purpose) => $"{Parent}/branches/night-{purpose}-v1";

    public async Task<Run> GetRunAsync(string run) =>
        (await Jobs.GetRunAsync(new() { Name = run }, Key, cancellationToken: Token)).Run;

    /// <summary>What the run said, line by line.</summary>
    public async Task<string> LogAsync(string run)
    {
        using var call = Jobs.ReadRunLog(new() { Name = run }, Key, cancellationToken: Token);
        var lines = new List<string>();
        while (await call.ResponseStream.MoveNext(Token))
            lines.AddRange(call.ResponseStream.Current.Lines.Select(line => line.Message));
        return string.Join('\n', lines);
    }

    public async Task<Run> EndAsync(string run)
    {
        var now = await GetRunAsync(run);
        await SchedulerFixture.UntilAsync(async () => (now = await GetRunAsync(run)).EndTime is not null);
        return now;
    }

    /// <summary>Waits until a step of a run is in a state.</summary>
    public Task UntilAsync(string run, string step, string state) =>
        SchedulerFixture.UntilAsync(async () => StatesOf(await GetRunAsync(run)).GetValueOrDefault(step) == state);

    /// <summary>Step to state, as the run's report shows them.</summary>
    public static IReadOnlyDictionary<string, string> StatesOf(Run run) =>
        StepsOf(run).ToDictionary(step => step["step"].StringValue, step => step["state"].StringValue);

    public static IEnumerable<MapField> StepsOf(Run run) =>
        run.Report?.Fields.TryGetValue("steps", out var steps) == true
            ? steps.ListValue.Values.Select(value => new MapField(value.StructValue))
            : [];

    public static string TextOf(Run run, string field) =>
        run.Report?.Fields.TryGetValue(field, out var value) == true ? value.StringValue : "";

    /// <summary>
    /// As a gateway that has nothing more to send. A stream of the branch's own name: what other tests merged is in
    /// main, and finished there.
    /// </summary>
    public async Task FinishStreamAsync(string branch, string? stream = null)
    {
        stream ??= branch.Split('/')[^1];
        short[] samples = [1, 2, 3];
        var payload = new byte[samples.Length * sizeof(short)];
        Buffer.BlockCopy(samples, 0, payload, 0, payload.Length);
        var descriptor = new SignalStream
        {
            NominalRate = new() { Samples = 250, Seconds = 1 },
            StartTime = new Timestamp { Seconds = 1_000 },
        };
        descriptor.Channels.Add(new SignalChannel { Label = "C3", SampleType = SampleType.Int16 });
        var request = new AppendBatchRequest
        {
            Open = new()
            {
                Stream = $"{branch}/streams/{stream}",
                Descriptor_ = descriptor,
                CreateIfMissing = true,
            },
            Finish = true,
        };
        request.Blocks.Add(
            new SampleBlock
            {
                SampleCount = samples.Length,
                Encoding = BlockEncoding.Raw,
                Payload = ByteString.CopyFrom(payload),
                Crc32C = Crc32C.Compute(payload),
            }
        );
        await Ingest.AppendBatchAsync(request, Key, cancellationToken: Token);
    }

    public async Task<Branch> GetBranchAsync(string name) =>
        (await Branches.GetBranchAsync(new() { Name = name }, Key, cancellationToken: Token)).Branch;

    public Task MergeAsync(string source) =>
        Merges
            .MergeBranchAsync(
                new()
                {
                    Pair = new() { Source = source, Target = Main },
                },
                Key
            )
            .ResponseAsync;

    /// <summary>Ids of the items that a branch shows.</summary>
    public async Task<IReadOnlyList<string>> ItemsOfAsync(string branch)
    {
        var request = new QueryRecordsRequest { Parent = $"{branch}/datasets/items", PageSize = 1_000 };
        var page = await Records.QueryRecordsAsync(request, Key, cancellationToken: Token);
        return [.. page.Records.Select(record => record.Values.Fields["id"].StringValue).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Has another worker take a run over, as if the one that has it had died: its lease passes, and it is none the
    /// wiser.
    /// </summary>
    public async Task AbandonAsync(string run)
    {
        var before = (await GetRunAsync(run)).Attempts[^1].Attempt;
        await SchedulerFixture.UntilAsync(async () =>
        {
            await using var command = Database.Owner.CreateCommand(
                """
                UPDATE scheduling.job_run SET lease_until = now() - interval '1 second'
                WHERE run_id = $1 AND attempt = $2 AND state = 'running'
                """
            );
            command.Parameters.Add(new() { Value = Guid.Parse(RunName.Parse(run).Run) });
            command.Parameters.Add(new() { Value = before });
            await command.ExecuteNonQueryAsync(Token);
            return (await GetRunAsync(run)).Attempts[^1].Attempt > before;
        });
    }

    /// <summary>How often each method was done to the branch of a run or its tags: the audit tells.</summary>
    public async Task<string> DoneAsync(string purpose)
    {
        await using var command = Database.Owner.CreateCommand(
            """
            SELECT concat_ws(', ',
                (SELECT string_agg(method || ' ' || times, ', ' ORDER BY method) FROM (
                    SELECT method, count(*) AS times FROM branching.audit_entry
                    WHERE resource LIKE '%-' || $1 || '-v%' AND method IN
                        ('CreateBranch', 'SetExperimentState', 'DeleteBranch', 'UndeleteBranch', 'CreateTag')
                    GROUP BY method) audited),
                (SELECT 'merges ' || count(*) FROM branching.merge m
                    JOIN branching.branch b ON b.project_id = m.project_id AND b.branch_id = m.source_branch_id
                    WHERE b.name = 'night-' || $1 || '-v1'))
            """
        );
        command.Parameters.Add(new() { Value = purpose });
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>Does something in the database, as its owner; also where a worker comes by.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = Database.Owner.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(CancellationToken.None));
    }

    /// <summary>Fields of a step in a run's report.</summary>
    public sealed class MapField(Struct step)
    {
        public Value this[string field] => step.Fields.TryGetValue(field, out var value) ? value : new Value();
    }
}
