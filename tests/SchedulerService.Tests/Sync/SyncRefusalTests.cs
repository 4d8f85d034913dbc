using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>Bad arguments to each call of sync sources: the status, the field at fault, and nothing stored.</summary>
public sealed class SyncRefusalTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private const string Name = "projects/lab/syncSources/none";
    private const string Injected = "projects/lab/syncSources/x'; DROP TABLE scheduling.sync_source; --";
    private const string Url = "sync_source.http.url";
    private const string Query = "sync_source.postgres.query";
    private const string Limits = "sync_source.limits";

    public static TheoryData<Refusal, Action<CreateSyncSourceRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "" },
            { Invalid("parent"), create => create.Parent = Name },
            { Of(StatusCode.NotFound), create => create.Parent = "projects/other" },
            { Invalid("sync_source_id"), create => create.SyncSourceId = "" },
            { Invalid("sync_source_id"), create => create.SyncSourceId = "../x" },
            { Invalid("sync_source_id"), create => create.SyncSourceId = new string('x', 100_000) },
            { Invalid("sync_source"), create => create.SyncSource = null },
            { Invalid("sync_source.origin"), create => create.SyncSource.ClearOrigin() },
            { Invalid("sync_source.dataset"), create => create.SyncSource.Dataset = "" },
            { Invalid("sync_source.dataset"), create => create.SyncSource.Dataset = "items" },
            {
                Invalid("sync_source.dataset"),
                create => create.SyncSource.Dataset = "projects/other/branches/main/datasets/items"
            },
            { Invalid("sync_source.display_name"), create => create.SyncSource.DisplayName = new string('x', 201) },
            { Invalid("sync_source.display_name"), create => create.SyncSource.DisplayName = "bell \a" },
            { Invalid("request_id"), create => create.RequestId = "1" },
        };

    public static TheoryData<Refusal, Action<HttpOrigin>> Servers =>
        new()
        {
            { Invalid(Url), http => http.Url = "" },
            { Invalid(Url), http => http.Url = new string('x', 5_000) },
            { Invalid(Url), http => http.Url = "https://user:secret@example.org/" },
            { Invalid(Url), http => http.Url = "https://{cursor}.example.org/" },
            { Invalid(Url), http => http.Url = "https://example.org/{password}" },
            { Invalid(Url), http => http.Url = "https://example.org/{page}?c={cursor}" },
            { Invalid(Url), http => http.Url = "https://example.org/?c={cursor}" },
            { Invalid(Url), http => http.Url = "https://example.org/{page}?n={limit}" },
            { Invalid(Url), http => http.Url = "https://example.org/?s={since}" },
            { Invalid(Url), http => http.Url = "file:///etc/passwd" },
            { Invalid(Url), http => http.Url = "http://169.254.169.254/latest" },
            { Invalid(Url), http => http.Url = "http://2852039166/latest" },
            { Invalid(Url), http => http.Url = "http://0x0a.0.0.1/" },
            { Invalid(Url), http => http.Url = "http://[::ffff:10.0.0.1]/" },
            { Invalid(Url), http => http.Url = "http://[fd00::1]/" },
            { Invalid("sync_source.http.format"), http => http.Format = HttpFormat.Unspecified },
            { Invalid("sync_source.http.format"), http => http.Format = (HttpFormat)77 },
            { Invalid("sync_source.http.items_pointer"), http => http.ItemsPointer = "items" },
            { Invalid("sync_source.http.cursor_pointer"), http => http.CursorPointer = "/next" },
            { Invalid("sync_source.http.headers.x"), http => http.Headers["x"] = "a\r\nhost: evil" },
            { Invalid("sync_source.http.headers.x"), http => http.Headers["x"] = "nul\0" },
            { Invalid("sync_source.http.headers.x"), http => http.Headers["x"] = "é" },
            { Invalid("sync_source.http.headers.x"), http => http.Headers["x"] = new string('x', 5_000) },
            { Invalid("sync_source.http.headers.x: y"), http => http.Headers["x: y"] = "z" },
            { Invalid("sync_source.http.headers."), http => http.Headers[""] = "z" },
            { Invalid("sync_source.http.headers.Host"), http => http.Headers["Host"] = "inside" },
            { Invalid("sync_source.http.headers.Content-Length"), http => http.Headers["Content-Length"] = "0" },
            { Invalid("sync_source.http.headers.Authorization"), http => http.Headers["Authorization"] = "Bearer x" },
            { Invalid("sync_source.http.headers"), AddHeaders },
            { Invalid("sync_source.http.secret_headers.x"), http => http.SecretHeaders["x"] = "unknown" },
            { Invalid("sync_source.http.secret_headers.x"), http => http.SecretHeaders["x"] = "Bearer s3cr3t" },
            { Invalid("sync_source.http.secret_headers.x"), http => http.SecretHeaders["x"] = "two-lines" },
            { Invalid("sync_source.http.secret_headers.x"), http => http.SecretHeaders["x"] = "../token" },
            { Invalid("sync_source.http.secret_headers.x"), SayTwice },
        };

    public static TheoryData<Refusal, Action<SyncSource>> Others =>
        new()
        {
            { Invalid(Query), source => Select(source, "DELETE FROM t") },
            { Invalid(Query), source => Select(source, "SELECT 1; DROP TABLE t") },
            { Invalid(Query), source => Select(source, "SELECT 1) AS x; DROP TABLE t; --") },
            { Invalid(Query), source => Select(source, "SELECT * FROM t WHERE x > $1") },
            { Invalid(Query), source => Select(source, new string('x', 30_000)) },
            { Invalid("sync_source.postgres.connection_secret"), source => Select(source, "SELECT 1", "unknown") },
            { Invalid("sync_source.postgres.connection_secret"), source => Select(source, "SELECT 1", "") },
            {
                Invalid("sync_source.postgres.connection_secret"),
                source => Select(source, "SELECT 1", "Host=db;Password=x")
            },
            { Invalid("sync_source.folder.path"), source => source.Folder = new() { Path = "../../etc" } },
            { Invalid("sync_source.folder.path"), source => source.Folder = new() { Path = "/etc" } },
            { Invalid("sync_source.folder.path"), source => source.Folder = new() { Path = "a\0b" } },
            { Invalid("sync_source.folder.pattern"), source => source.Folder = new() { Pattern = "../*.csv" } },
            { Invalid("sync_source.incremental.overlap"), source => Overlap(source, 60, "") },
            { Invalid("sync_source.incremental.overlap"), source => Overlap(source, -1, "t") },
            { Invalid("sync_source.incremental.overlap"), source => Overlap(source, long.MaxValue, "t") },
            {
                Invalid("sync_source.incremental.delete_missing"),
                source => source.Incremental = new() { ChangedField = "t", DeleteMissing = true }
            },
            {
                Invalid("sync_source.incremental.changed_field"),
                source => source.Incremental = new() { ChangedField = new string('x', 201) }
            },
            {
                Invalid("sync_source.incremental.column_names"),
                source => source.Incremental = new() { ColumnNames = { ["a"] = "c", ["b"] = "c" } }
            },
            {
                Invalid("sync_source.incremental.column_names"),
                source => source.Incremental = new() { ColumnNames = { ["a"] = "" } }
            },
            { Invalid($"{Limits}.min_batch_items"), source => source.Limits = new() { MinBatchItems = -1 } },
            { Invalid($"{Limits}.max_batch_items"), source => source.Limits = new() { MaxBatchItems = 1_001 } },
            {
                Invalid($"{Limits}.min_batch_items"),
                source => source.Limits = new() { MinBatchItems = 9, MaxBatchItems = 8 }
            },
            {
                Invalid($"{Limits}.max_requests_per_second"),
                source => source.Limits = new() { MaxRequestsPerSecond = double.NaN }
            },
            {
                Invalid($"{Limits}.max_requests_per_second"),
                source => source.Limits = new() { MaxRequestsPerSecond = -1 }
            },
            {
                Invalid($"{Limits}.max_concurrent_months"),
                source => source.Limits = new() { MaxConcurrentMonths = 17 }
            },
            { Invalid($"{Limits}.max_item_attempts"), source => source.Limits = new() { MaxItemAttempts = 101 } },
            { Invalid($"{Limits}.request_timeout"), source => source.Limits = new() { RequestTimeout = new() } },
            {
                Invalid($"{Limits}.request_timeout"),
                source =>
                    source.Limits = new()
                    {
                        RequestTimeout = new() { Seconds = 1, Nanos = -1 },
                    }
            },
        };

    public static TheoryData<Refusal, Action<UpdateSyncSourceRequest>> Updates =>
        new()
        {
            { Invalid("sync_source"), update => update.SyncSource = null },
            { Invalid("sync_source.name"), update => update.SyncSource.Name = "" },
            { Invalid("sync_source.name"), update => update.SyncSource.Name = Injected },
            { Of(StatusCode.NotFound), update => update.SyncSource.Name = Name },
            { Of(StatusCode.Aborted), update => update.SyncSource.Etag = "\"99\"" },
            { Of(StatusCode.Aborted), update => update.SyncSource.Etag = "mine" },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "checkpoint" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "http.url" } } },
            { Invalid("sync_source.folder"), update => update.UpdateMask = new() { Paths = { "folder" } } },
            { Invalid("sync_source.dataset"), update => update.UpdateMask = new() { Paths = { "dataset" } } },
            { Invalid(Url), update => update.SyncSource.Http = new() { Url = "gopher://x", Format = HttpFormat.Csv } },
            { Invalid("request_id"), update => update.RequestId = "x" },
        };

    public static TheoryData<Refusal, Action<BackfillSyncRequest>> Backfills =>
        new()
        {
            { Invalid("name"), backfill => backfill.Name = "" },
            { Invalid("name"), backfill => backfill.Name = Injected },
            { Of(StatusCode.NotFound), backfill => backfill.Name = Name },
            { Invalid("range"), backfill => backfill.Range = null },
            { Invalid("range"), backfill => backfill.Range.StartTime = null },
            { Invalid("range"), backfill => backfill.Range.EndTime = null },
            { Invalid("range.end_time"), backfill => backfill.Range.EndTime = backfill.Range.StartTime },
            { Invalid("range.start_time"), backfill => backfill.Range.StartTime = new() { Seconds = long.MinValue } },
            { Invalid("range.end_time"), backfill => backfill.Range.EndTime = new() { Nanos = -1 } },
            { Invalid("range"), backfill => backfill.Range.StartTime = new() { Seconds = -62_000_000_000 } },
            { Of(StatusCode.FailedPrecondition), _ => { } },
            { Invalid("request_id"), backfill => backfill.RequestId = "{}" },
        };

    [Theory]
    [MemberData(nameof(Creates))]
    [BadInputOf("CreateSyncSource")]
    public Task A_bad_source_is_not_made(Refusal expected, Action<CreateSyncSourceRequest> spoil)
    {
        var request = new CreateSyncSourceRequest
        {
            Parent = SyncLab.Parent,
            SyncSourceId = "spoilt",
            SyncSource = Source(),
        };
        spoil(request);
        return AssertAsync(expected, () => lab.Sync.CreateSyncSourceAsync(request, lab.Key));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public Task A_bad_server_is_not_stored(Refusal expected, Action<HttpOrigin> spoil) =>
        A_bad_source_is_not_made(expected, create => spoil(create.SyncSource.Http));

    [Theory]
    [MemberData(nameof(Others))]
    public Task A_bad_query_path_or_bound_is_not_stored(Refusal expected, Action<SyncSource> spoil) =>
        A_bad_source_is_not_made(expected, create => spoil(create.SyncSource));

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateSyncSource")]
    public async Task A_bad_change_changes_nothing(Refusal expected, Action<UpdateSyncSourceRequest> spoil)
    {
        var request = new UpdateSyncSourceRequest
        {
            SyncSource = new() { Name = await MakeAsync(), DisplayName = "changed" },
        };
        spoil(request);
        await AssertAsync(expected, () => lab.Sync.UpdateSyncSourceAsync(request, lab.Key));
    }

    [Theory]
    [MemberData(nameof(Backfills))]
    [BadInputOf("BackfillSync")]
    public async Task A_bad_backfill_does_not_begin(Refusal expected, Action<BackfillSyncRequest> spoil)
    {
        var request = new BackfillSyncRequest
        {
            Name = await MakeAsync(),
            Range = new()
            {
                StartTime = new() { Seconds = 0 },
                EndTime = new() { Seconds = 100 },
            },
        };
        spoil(request);
        await AssertAsync(expected, () => lab.Sync.BackfillSyncAsync(request, lab.Key));
    }

    [Theory]
    [InlineData("", StatusCode.InvalidArgument, "name")]
    [InlineData("none", StatusCode.InvalidArgument, "name")]
    [InlineData(Injected, StatusCode.InvalidArgument, "name")]
    [InlineData(Name, StatusCode.NotFound, "")]
    [InlineData("projects/other/syncSources/none", StatusCode.NotFound, "")]
    [BadInputOf("GetSyncSource", "DeleteSyncSource", "PreviewSync")]
    public async Task A_bad_name_finds_deletes_and_fetches_nothing(string name, StatusCode status, string field)
    {
        var expected = new Refusal(status, field, null);
        await AssertAsync(expected, () => lab.Sync.GetSyncSourceAsync(new() { Name = name }, lab.Key));
        await AssertAsync(expected, () => lab.Sync.DeleteSyncSourceAsync(new() { Name = name }, lab.Key));
        await AssertAsync(expected, () => lab.Sync.PreviewSyncAsync(new() { Name = name }, lab.Key));
    }

    [Theory]
    [InlineData("", 0, "", "parent")]
    [InlineData(Injected, 0, "", "parent")]
    [InlineData(null, -1, "", "page_size")]
    [InlineData(null, 0, "AAAA", "page_token")]
    [BadInputOf("ListSyncSources", "ListDeadLetters")]
    public async Task A_bad_page_is_refused(string? parent, int size, string token, string field)
    {
        var sources = new ListSyncSourcesRequest
        {
            Parent = parent ?? SyncLab.Parent,
            PageSize = size,
            PageToken = token,
        };
        await AssertAsync(Invalid(field), () => lab.Sync.ListSyncSourcesAsync(sources, lab.Key));
        var letters = new ListDeadLettersRequest
        {
            Parent = parent ?? Name,
            PageSize = size,
            PageToken = token,
        };
        await AssertAsync(Invalid(field), () => lab.Sync.ListDeadLettersAsync(letters, lab.Key));
    }

    [Theory]
    [InlineData("", 0, "", StatusCode.InvalidArgument, "parent")]
    [InlineData(Name, 0, "", StatusCode.NotFound, "")]
    [InlineData(null, 1, "", StatusCode.InvalidArgument, "dead_letter_ids[0]")]
    [InlineData(null, 1_001, "", StatusCode.InvalidArgument, "dead_letter_ids")]
    [InlineData(null, 0, "x", StatusCode.InvalidArgument, "request_id")]
    [BadInputOf("ReplayDeadLetters")]
    public async Task A_bad_replay_tries_nothing(
        string? parent,
        int ids,
        string requestId,
        StatusCode status,
        string field
    )
    {
        var request = new ReplayDeadLettersRequest { Parent = parent ?? await MakeAsync(), RequestId = requestId };
        request.DeadLetterIds.AddRange(Enumerable.Range(0, ids).Select(i => $"'; DROP {i}"));
        await AssertAsync(new(status, field, null), () => lab.Sync.ReplayDeadLettersAsync(request, lab.Key));
    }

    [Fact]
    public async Task Without_a_key_nothing_is_answered()
    {
        var refusal = await OfAsync(async () => await lab.Sync.GetSyncSourceAsync(new() { Name = Name }), CountAsync);
        Assert.Equal(Of(StatusCode.Unauthenticated), refusal);
    }

    private static SyncSource Source() =>
        new()
        {
            Dataset = "projects/lab/branches/study/datasets/items",
            Http = new() { Url = "https://example.org/items", Format = HttpFormat.Json },
        };

    private static void AddHeaders(HttpOrigin http)
    {
        for (var i = 0; i < 51; i++)
            http.Headers[$"x-{i}"] = "y";
    }

    private static void SayTwice(HttpOrigin http)
    {
        http.Headers["X"] = "plain";
        http.SecretHeaders["x"] = "token";
    }

    private static void Select(SyncSource source, string query, string secret = "database") =>
        source.Postgres = new() { ConnectionSecret = secret, Query = query };

    private static void Overlap(SyncSource source, long seconds, string field) =>
        source.Incremental = new()
        {
            ChangedField = field,
            Overlap = new Duration { Seconds = seconds },
        };

    private async Task<string> MakeAsync()
    {
        var request = new CreateSyncSourceRequest
        {
            Parent = SyncLab.Parent,
            SyncSourceId = "bad-input",
            SyncSource = Source(),
            RequestId = "6f0f4f0e-6d0b-4a3c-9d5e-0f4a3a5a7c01",
        };
        return (await lab.Sync.CreateSyncSourceAsync(request, lab.Key)).SyncSource.Name;
    }

    private async Task AssertAsync<T>(Refusal expected, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(expected, await OfAsync(async () => await call(), CountAsync));

    private async Task<string> CountAsync()
    {
        await using var command = lab.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM scheduling.sync_source),
                (SELECT sum(revision) FROM scheduling.sync_source), (SELECT count(*) FROM scheduling.sync_progress),
                (SELECT count(*) FROM scheduling.sync_dead_letter), (SELECT count(*) FROM branching.operation),
                (SELECT count(*) FROM branching.commit))
            """
        );
        return (string)(await command.ExecuteScalarAsync(SyncLab.Token))!;
    }
}
