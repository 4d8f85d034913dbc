using Dendrite.Fixtures.BadInput;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Datasets;

/// <summary>Bad arguments to each call of datasets: the status, the field at fault, and nothing stored.</summary>
public sealed class DatasetRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Injected = "projects/lab/branches/main/datasets/x'; DROP TABLE records.row; --";

    private static readonly string TenMegabytes = new('x', 10_000_000);

    public static TheoryData<Refusal, Action<V1.GetDatasetRequest>> Gets =>
        new()
        {
            { Invalid("name"), get => get.Name = "" },
            { Invalid("name"), get => get.Name = "subjects" },
            { Invalid("name"), get => get.Name = Injected },
            { Invalid("name"), get => get.Name = get.Name.Replace("/datasets/", "/../datasets/") },
            { Invalid("name"), get => get.Name += "\0" },
            { Invalid("name"), get => get.Name += "\u001b[2J" },
            { Invalid("name"), get => get.Name += "/records/S1" },
            { Invalid("name"), get => get.Name += new string('x', 3_000_000) },
            { Of(StatusCode.ResourceExhausted), get => get.Name = TenMegabytes },
            { Of(StatusCode.PermissionDenied), get => get.Name = "projects/other/branches/main/datasets/subjects" },
            { Of(StatusCode.NotFound), get => get.Name = "projects/lab/branches/nowhere/datasets/subjects" },
            { Of(StatusCode.NotFound), get => get.Name += "-gone" },
            { Invalid("at.version"), get => get.At = new() { Version = 0 } },
            { Invalid("at.version"), get => get.At = new() { Version = long.MinValue } },
            { Of(StatusCode.NotFound), get => get.At = new() { Version = long.MaxValue } },
            { Invalid("at.tag"), get => get.At = new() { Tag = "v1" } },
            { Invalid("at.tag"), get => get.At = new() { Tag = "projects/lab/tags/../v1" } },
            { Invalid("at.tag"), get => get.At = new() { Tag = "projects/other/tags/v1" } },
            { Of(StatusCode.NotFound), get => get.At = new() { Tag = "projects/lab/tags/nowhere" } },
            { Invalid("at.instant"), get => get.At = new() { Instant = new() { Seconds = long.MaxValue } } },
            { Invalid("at.instant"), get => get.At = new() { Instant = new() { Nanos = -1 } } },
        };

    public static TheoryData<Refusal, Action<V1.ListDatasetsRequest>> Lists =>
        new()
        {
            { Invalid("parent"), list => list.Parent = "" },
            { Invalid("parent"), list => list.Parent += "/datasets/subjects" },
            { Invalid("parent"), list => list.Parent = "projects/lab/branches/'; --" },
            { Of(StatusCode.ResourceExhausted), list => list.Parent = TenMegabytes },
            { Of(StatusCode.PermissionDenied), list => list.Parent = "projects/other/branches/main" },
            { Of(StatusCode.NotFound), list => list.Parent += "-gone" },
            { Invalid("page_size"), list => list.PageSize = -1 },
            { Invalid("page_size"), list => list.PageSize = int.MinValue },
            { Invalid("page_token"), list => list.PageToken = "%%%" },
            { Invalid("page_token"), list => list.PageToken = "AAAA" },
            { Invalid("page_token"), list => list.PageToken = new string('A', 1_000_000) },
            { Invalid("filter"), list => list.Filter = "dataset_id" },
            { Invalid("filter"), list => list.Filter = "columns = age" },
            { Invalid("filter"), list => list.Filter = "dataset_id > a" },
            { Invalid("filter"), list => list.Filter = "create_time = yesterday" },
            { Invalid("filter"), list => list.Filter = "dataset_id = a; DROP TABLE records.dataset" },
            { Invalid("filter"), list => list.Filter = "dataset_id = \"a\0\"" },
            { Invalid("filter"), list => list.Filter = new string('(', 100) },
            { Invalid("filter"), list => list.Filter = new string('x', 100_000) },
            { Invalid("at.version"), list => list.At = new() { Version = -1 } },
        };

    public static TheoryData<Refusal, Action<V1.UpdateDatasetRequest>> Updates =>
        new()
        {
            { Invalid("dataset.name"), update => update.Dataset = null },
            { Invalid("dataset.name"), update => update.Dataset.Name = Injected },
            { Of(StatusCode.NotFound), update => update.Dataset.Name += "-gone" },
            { Of(StatusCode.PermissionDenied), update => update.Dataset.Name = "projects/other/branches/b/datasets/d" },
            { Invalid("dataset.display_name"), update => update.Dataset.DisplayName = new string('x', 201) },
            { Invalid("dataset.display_name"), update => update.Dataset.DisplayName = "bell \a" },
            { Invalid("dataset.display_name"), update => update.Dataset.DisplayName = "nul \0" },
            { Invalid("dataset.description"), update => update.Dataset.Description = new string('x', 4_001) },
            { Invalid("dataset.description"), update => update.Dataset.Description = "escape \u001b[2J" },
            { Invalid("dataset.labels"), update => update.Dataset.Labels["a' OR '1'='1"] = "" },
            { Invalid("dataset.labels"), update => update.Dataset.Labels[""] = "" },
            { Invalid("dataset.labels.site"), update => update.Dataset.Labels["site"] = new string('x', 257) },
            { Invalid("dataset.labels.site"), update => update.Dataset.Labels["site"] = "\0" },
            { Invalid("dataset.labels"), update => update.Dataset.Labels.Add(ManyLabels()) },
            { Of(StatusCode.ResourceExhausted), update => update.Dataset.Labels["site"] = TenMegabytes },
            { Of(StatusCode.Aborted), update => update.Dataset.Etag = "\"1\"" },
            { Of(StatusCode.Aborted), update => update.Dataset.Etag = "not ours" },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "columns" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "*" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "labels", "uid" } } },
            { Invalid("request_id"), update => update.RequestId = "'; SELECT pg_sleep(10); --" },
            { Invalid("request_id"), update => update.RequestId = "00000000-0000-0000-0000-000000000000" },
        };

    public static TheoryData<Refusal, Action<V1.DeleteDatasetRequest>> Deletes =>
        new()
        {
            { Invalid("name"), delete => delete.Name = "" },
            { Invalid("name"), delete => delete.Name = Injected },
            { Invalid("name"), delete => delete.Name += "/" },
            { Of(StatusCode.ResourceExhausted), delete => delete.Name = TenMegabytes },
            { Of(StatusCode.PermissionDenied), delete => delete.Name = "projects/other/branches/main/datasets/d" },
            { Of(StatusCode.NotFound), delete => delete.Name += "-gone" },
            { Of(StatusCode.NotFound), delete => delete.Name = "projects/lab/branches/nowhere/datasets/d" },
            // Visits refer to it.
            { Of(StatusCode.FailedPrecondition), delete => delete.Name = delete.Name.Replace(Visits, Subjects) },
            { Of(StatusCode.Aborted), delete => delete.Etag = "\"1\"" },
            { Of(StatusCode.Aborted), delete => delete.Etag = new string('"', 1_000) },
            { Invalid("request_id"), delete => delete.RequestId = "x" },
        };

    [Theory]
    [MemberData(nameof(Gets))]
    [BadInputOf("GetDataset")]
    public async Task A_bad_get_is_refused(Refusal refusal, Action<V1.GetDatasetRequest> spoil)
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.GetDatasetRequest { Name = lab.Name(Subjects) };
        spoil(request);
        await RefusesAsync(refusal, () => lab.Datasets.GetDatasetAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Lists))]
    [BadInputOf("ListDatasets")]
    public async Task A_bad_list_is_refused(Refusal refusal, Action<V1.ListDatasetsRequest> spoil)
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.ListDatasetsRequest { Parent = lab.Branch };
        spoil(request);
        await RefusesAsync(refusal, () => lab.Datasets.ListDatasetsAsync(request, IngestFixture.Options));
    }

    [Fact]
    public async Task A_token_of_another_list_is_refused()
    {
        var lab = await CreateAsync(fixture);
        var request = new V1.ListDatasetsRequest { Parent = lab.Branch, PageSize = 1 };
        var first = await lab.Datasets.ListDatasetsAsync(request, IngestFixture.Options);
        (request.PageToken, request.Filter) = (first.NextPageToken, "dataset_id = visits");
        await RefusesAsync(Invalid("page_token"), () => lab.Datasets.ListDatasetsAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateDataset")]
    public async Task A_bad_update_is_refused(Refusal refusal, Action<V1.UpdateDatasetRequest> spoil)
    {
        var lab = await CreateAsync(fixture);
        var dataset = new V1.Dataset { Name = lab.Name(Subjects), DisplayName = "Those who take part" };
        var request = new V1.UpdateDatasetRequest { Dataset = dataset };
        spoil(request);
        await RefusesAsync(refusal, () => lab.Datasets.UpdateDatasetAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Deletes))]
    [BadInputOf("DeleteDataset")]
    public async Task A_bad_delete_is_refused(Refusal refusal, Action<V1.DeleteDatasetRequest> spoil)
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1")));
        await lab.PutAsync(Visits, Row(("subject", "S1"), ("visit", 1)));
        var request = new V1.DeleteDatasetRequest { Name = lab.Name(Visits) };
        spoil(request);
        await RefusesAsync(refusal, () => lab.Datasets.DeleteDatasetAsync(request, IngestFixture.Options));
    }

    private async Task RefusesAsync<T>(Refusal refusal, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(refusal, await fixture.RefusalOfAsync(call));

    private static Dictionary<string, string> ManyLabels() =>
        Enumerable.Range(0, 65).ToDictionary(i => $"label-{i}", _ => "");
}
