using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Google.Protobuf;

namespace Dendrite.IngestService.Records;

/// <summary>How a load is done.</summary>
internal sealed record LoadRequest(DatasetName Name, string Message, bool SkipBadRows, bool ValidateOnly);

/// <summary>How an upsert is done.</summary>
internal sealed record UpsertRequest(DatasetName Name, string Message, bool DeleteMissing, bool ValidateOnly);

/// <summary>Writes the records of documents. Thread-safe.</summary>
internal sealed class RecordLoads(
    DatasetCatalog catalog,
    RecordReader reader,
    ConstraintCheck constraints,
    RecordCommitter committer
)
{
    /// <summary>Rows whose existing versions are read at once.</summary>
    private const int ReadAtOnce = 2_000;

    /// <summary>Passes over the constraints: leaving a row out may break what refers to it, and so on.</summary>
    private const int MaxPasses = 20;

    public Task<Dataset> GetDatasetAsync(RecordBranch branch, DatasetName name, CancellationToken cancellationToken) =>
        catalog.GetAsync(branch.View, name, cancellationToken);

    /// <summary>Loads rows that were read; the report says which of them break a constraint.</summary>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT: bad rows were to be skipped, and the document could not be read to its end. How many rows
    /// would be left out, nobody knows.
    /// </exception>
    public async Task<V1.LoadRecordsResponse> LoadAsync(
        RecordBranch branch,
        LoadRequest request,
        LoadedRows rows,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        if (request.SkipBadRows && rows.Unreadable is { } end)
        {
            throw DendriteException.Invalid("data", $"line {end.Line} {end.Problem}. Nothing was loaded");
        }

        return await OnceAsync(
            branch,
            mutation,
            PlanAsync,
            new(
                V1.LoadRecordsResponse.Parser,
                (response, version) => response.Version = version,
                response => IsRefused(response) ? null : LoadReport.ToOutcome(response)
            ),
            cancellationToken
        );

        // Whoever mends the document sends another request; one that was only checked may be checked again.
        bool IsRefused(V1.LoadRecordsResponse response) =>
            request.ValidateOnly || (response.BadRowCount > 0 && !request.SkipBadRows);

        async Task<CommitPlan<V1.LoadRecordsResponse>> PlanAsync(RecordView view)
        {
            var dataset = await SameAsync(view, rows.Dataset, request.Name, cancellationToken);
            var report = rows.Report.Clone();
            var writes = new WriteSet();
            writes.Of(dataset).Expect(rows.Rows.Count);
            foreach (var row in rows.Rows)
            {
                writes.Of(dataset).TryAdd(row);
            }

            await LeaveOutBrokenAsync(view, writes, report, request.SkipBadRows, cancellationToken);
            if (request.ValidateOnly || (report.Count > 0 && !request.SkipBadRows) || writes.Count == 0)
            {
                return new(null, report.ToResponse(0));
            }

            var response = report.ToResponse(writes.Count);
            var outcome = LoadReport.ToOutcome(response);
            return new(RecordMutator.CommitOf(writes, mutation, request.Message, outcome), response);
        }
    }

    /// <summary>Writes what differs from what is stored, and deletes what is missing where asked to.</summary>
    /// <exception cref="DendriteException">CONSTRAINT_VIOLATED.</exception>
    public async Task<V1.UpsertRecordsResponse> UpsertAsync(
        RecordBranch branch,
        UpsertRequest request,
        LoadedRows rows,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        return await OnceAsync(
            branch,
            mutation,
            PlanAsync,
            new(
                V1.UpsertRecordsResponse.Parser,
                (response, version) => response.Version = version,
                response => request.ValidateOnly ? null : response.ToByteArray()
            ),
            cancellationToken
        );

        async Task<CommitPlan<V1.UpsertRecordsResponse>> PlanAsync(RecordView view)
        {
            var dataset = await SameAsync(view, rows.Dataset, request.Name, cancellationToken);
            var writes = new WriteSet();
            var response = await CompareAsync(view, writes.Of(dataset), rows.Rows, cancellationToken);
            if (request.DeleteMissing)
            {
                response.DeletedRecords = await DeleteMissingAsync(view, writes.Of(dataset), rows, cancellationToken);
            }

            await constraints.ThrowIfBrokenAsync(view, writes, cancellationToken);
            return request.ValidateOnly
                ? new(null, response)
                : new(RecordMutator.CommitOf(writes, mutation, request.Message, response.ToByteArray()), response);
        }
    }

    /// <summary>Commits what is planned, or answers a repeated request with the answer that was kept.</summary>
    private Task<T> OnceAsync<T>(
        RecordBranch branch,
        Mutation mutation,
        Func<RecordView, Task<CommitPlan<T>>> plan,
        KeptAnswer<T> kept,
        CancellationToken cancellationToken
    )
        where T : IMessage<T> =>
        committer.OnceAsync(
            branch.Project,
            mutation,
            async () =>
            {
                var (response, receipt) = await committer.RunAsync(branch, (_, view) => plan(view), cancellationToken);
                kept.SetVersion(response, receipt?.Version.Value ?? 0);
                return new Done<T>(response, receipt is not null)
                {
                    Nothing = kept.Keep(response) is { } answer
                        ? RememberedCommit.OfNothing(ByteString.CopyFrom(answer))
                        : null,
                };
            },
            before =>
            {
                var response = kept.Parser.ParseFrom(before.Answer);
                kept.SetVersion(response, before.Version.Value);
                return Task.FromResult(response);
            },
            cancellationToken
        );

    private async Task LeaveOutBrokenAsync(
        RecordView view,
        WriteSet writes,
        LoadReport report,
        bool again,
        CancellationToken cancellationToken
    )
    {
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var broken = await constraints.FindBrokenAsync(view, writes, cancellationToken);
            foreach (var row in again ? LeftOutOf(broken) : FirstOfRows(broken))
            {
                report.Add(new(row.Write.Line, row.Problem.Column, row.Problem.Text));
                writes.Of(row.Write.Dataset).Remove(row.Write);
            }

            if (broken.Count == 0 || !again)
            {
                return;
            }
        }

        throw new DendriteException(
            ErrorReason.ConstraintViolated,
            $"Leaving out bad rows breaks others, {MaxPasses} times over: mend the document first."
        );
    }

    /// <summary>
    /// Who of equal rows may stay is known only where nothing else is wrong with the first: before that, those go out
    /// that are broken by themselves, and then whoever clashes with a row that stays.
    /// </summary>
    private static IEnumerable<BrokenConstraint> LeftOutOf(IReadOnlyList<BrokenConstraint> broken)
    {
        var alone = broken.Where(one => one.Rival is null).ToList();
        if (alone.Count > 0)
        {
            return FirstOfRows(alone);
        }

        var leftOut = new Dictionary<long, BrokenConstraint>();
        // Of values whose first row is left out: the row that has them instead.
        var taken = new Dictionary<(string Constraint, long Line), PlannedWrite>();
        foreach (var row in broken.GroupBy(one => one.Write.Line).OrderBy(row => row.Key))
        {
            var clash = row.Select(ClashOf).FirstOrDefault(one => one is not null);
            if (clash is not null)
            {
                leftOut.Add(row.Key, clash);
                continue;
            }

            foreach (var one in row)
            {
                taken[ValuesOf(one)] = one.Write;
            }
        }

        return leftOut.Values;

        // With the row that stays and has the values; null where there is none.
        BrokenConstraint? ClashOf(BrokenConstraint one) =>
            taken.TryGetValue(ValuesOf(one), out var holder) ? UniquenessCheck.ClashOf(one, holder)
            : leftOut.ContainsKey(one.Rival!.Line) ? null
            : one;

        // Whoever has the same values has the same rival: the first row that has them.
        static (string Constraint, long Line) ValuesOf(BrokenConstraint one) =>
            (one.Problem.Constraint, one.Rival!.Line);
    }

    private static IEnumerable<BrokenConstraint> FirstOfRows(IReadOnlyList<BrokenConstraint> broken) =>
        broken.DistinctBy(one => one.Write.Line).OrderBy(one => one.Write.Line);

    private async Task<V1.UpsertRecordsResponse> CompareAsync(
        RecordView view,
        DatasetWriteSet set,
        IReadOnlyList<PlannedWrite> rows,
        CancellationToken cancellationToken
    )
    {
        var response = new V1.UpsertRecordsResponse();
        foreach (var chunk in rows.Chunk(ReadAtOnce))
        {
            ReadOnlyMemory<byte>[] keys = [.. chunk.Select(row => (ReadOnlyMemory<byte>)row.Key)];
            var stored = await reader.GetAsync(view, set.Dataset.Id, keys, cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                var live = stored[i] is { IsDeleted: false } record ? record : null;
                if (live is not null && RecordMapper.CellsOf(set.Dataset, live).HasSameValues(chunk[i].Cells!.Value))
                {
                    response.UnchangedRecords++;
                    continue;
                }

                response.NewRecords += live is null ? 1 : 0;
                response.ChangedRecords += live is null ? 0 : 1;
                set.TryAdd(chunk[i]);
            }
        }

        return response;
    }

    private async Task<long> DeleteMissingAsync(
        RecordView view,
        DatasetWriteSet set,
        LoadedRows rows,
        CancellationToken cancellationToken
    )
    {
        var deleted = 0L;
        await foreach (var record in reader.ScanAsync(view, new RecordQuery(set.Dataset.Id), cancellationToken))
        {
            if (!rows.Contains(record.Key))
            {
                set.TryAdd(new(set.Dataset, record.Key.ToArray(), null) { Path = "delete_missing" });
                deleted++;
            }
        }

        return deleted;
    }

    // Rows were read by the columns that the dataset had when the call began.
    private async Task<Dataset> SameAsync(
        RecordView view,
        Dataset known,
        DatasetName name,
        CancellationToken cancellationToken
    )
    {
        var now = await catalog.GetAsync(view, name, cancellationToken);
        return now.Id == known.Id && now.Definition.HasSchemaOf(known.Definition)
            ? known
            : throw new DendriteException(
                ErrorReason.VersionMismatch,
                $"{name} got other columns or constraints while the records came: look at them and send again."
            )
            {
                Metadata = new Dictionary<string, string> { ["dataset"] = name.Dataset },
            };
    }

    /// <summary>
    /// How an answer is read again. Its version is not kept with it: nobody knows it before the commit.
    /// </summary>
    /// <param name="Keep">Of an answer that there was nothing to write; null where it is not remembered.</param>
    private sealed record KeptAnswer<T>(MessageParser<T> Parser, Action<T, long> SetVersion, Func<T, byte[]?> Keep)
        where T : IMessage<T>;
}
