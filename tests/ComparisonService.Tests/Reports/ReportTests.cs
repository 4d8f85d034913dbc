using System.Security.Cryptography;
using System.Text.Json;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Reports;

public sealed class ReportTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_says_what_differs_in_three_forms_that_have_the_digests_told()
    {
        var bench = new ReportBench(lab, "forms");
        await bench.RecordBothAsync();
        var request = bench.Request();
        request.Report = new() { DisplayName = "Night <1>" };

        var report = await bench.MakeAsync(request);
        var (html, markdown, json) = (
            await bench.ReadAsync(report, ReportFormat.Unspecified),
            await bench.ReadAsync(report, ReportFormat.Markdown),
            await bench.ReadAsync(report, ReportFormat.Json)
        );

        Assert.Equal(("Night <1>", "a test"), (report.DisplayName, report.Creator));
        Assert.Equal(SHA256.HashData(html), report.Digests["HTML"].ToByteArray());
        Assert.Equal(SHA256.HashData(markdown), report.Digests["MARKDOWN"].ToByteArray());
        Assert.Equal(SHA256.HashData(json), report.Digests["JSON"].ToByteArray());
        using var parsed = JsonDocument.Parse(json);
        Assert.Equal("eeg", parsed.RootElement.GetProperty("streams")[0].GetProperty("streamId").GetString());
        Assert.Contains("Alpha power was greater on the new side in 1 of 2 channels \\(C3\\)", Text(markdown));
        Assert.Contains("| C3 | from | uV |", Text(markdown));
        Assert.Contains("<title>Night &lt;1&gt;</title>", Text(html));
        Assert.Equal(6, Text(html).Split("<svg ").Length - 1 - 1);
        Assert.Equal(report, await GetAsync(report.Name));
    }

    [Fact]
    public async Task Made_again_from_the_same_snapshots_it_is_byte_for_byte_the_same()
    {
        var bench = new ReportBench(lab, "again");
        await bench.RecordBothAsync();

        var first = await bench.MakeAsync();
        await lab.Reports.DeleteReportAsync(new() { Name = first.Name }, lab.Key, cancellationToken: Token);
        var second = await bench.MakeAsync();

        Assert.NotEqual(first.Name, second.Name);
        Assert.Equal(first.Digests, second.Digests);
    }

    [Fact]
    public async Task The_same_request_joins_and_a_repeated_one_is_answered_though_a_branch_moved()
    {
        var bench = new ReportBench(lab, "joins");
        await bench.RecordBothAsync();
        var request = bench.Request();
        request.RequestId = "0197a000-0000-7000-8000-00000000ab01";

        var first = await bench.AskAsync(request);
        var joined = await bench.AskAsync(bench.Request());
        await bench.RecordAsync("b", new("later", ReportBench.Rate, ("C3", ReportBench.Wave(9, 4, 1))));
        var repeated = await bench.AskAsync(request);
        var moved = await bench.AskAsync(bench.Request());

        Assert.Equal(first.Name, joined.Name);
        Assert.Equal(first.Name, repeated.Name);
        Assert.NotEqual(first.Name, moved.Name);
    }

    [Fact]
    public async Task Another_title_or_other_options_are_another_report()
    {
        var bench = new ReportBench(lab, "others");
        await bench.RecordBothAsync(8);
        var (titled, windowed) = (bench.Request(), bench.Request());
        titled.Report = new() { DisplayName = "Another" };
        windowed.Report = new() { Options = new() { WindowLength = new() { Seconds = 1 } } };

        Report[] made = [await bench.MakeAsync(), await bench.MakeAsync(titled), await bench.MakeAsync(windowed)];

        Assert.Equal(3, made.Select(report => report.Digests["HTML"]).Distinct().Count());
        Assert.Equal(["others-a and others-b", "Another"], made.Select(report => report.DisplayName).Distinct());
        Assert.Equal(1, made[2].Options.WindowLength.Seconds);
    }

    [Fact]
    public async Task It_stays_readable_and_is_found_when_its_branches_are_gone()
    {
        var bench = new ReportBench(lab, "gone");
        await bench.RecordBothAsync(8);
        var report = await bench.MakeAsync();
        var before = await bench.ReadAsync(report, ReportFormat.Html);
        foreach (var branch in new[] { "a", "b" })
        {
            var request = new DeleteBranchRequest { Name = bench.Branch(branch), Purge = true };
            await lab.Branches.DeleteBranchAsync(request, lab.Key, cancellationToken: Token);
        }

        Assert.Equal(before, await bench.ReadAsync(report, ReportFormat.Html));
        Assert.Equal(report, Assert.Single((await ListAsync("comparand.to.branch = gone-b")).Reports));
        Assert.Equal(bench.Branch("a"), (await GetAsync(report.Name)).Comparand.From.Branch);
    }

    [Fact]
    public async Task What_was_asked_for_is_compared_though_a_branch_goes_on_meanwhile()
    {
        var bench = new ReportBench(lab, "settled");
        await bench.RecordBothAsync(8);

        var report = await bench.MakeAsync();
        await bench.RecordAsync("b", new("later", ReportBench.Rate, ("C3", ReportBench.Wave(9, 4, 1))));
        var pinned = bench.Request();
        (pinned.Comparand.From.Point, pinned.Comparand.To.Point) = (
            report.Comparand.From.Point,
            report.Comparand.To.Point
        );
        var again = await bench.MakeAsync(pinned);

        Assert.Equal(report.Name, again.Name);
        Assert.DoesNotContain("later", await bench.ReadTextAsync(report));
    }

    [Fact]
    public async Task A_list_has_the_newest_first_by_page_and_by_filter()
    {
        var bench = new ReportBench(lab, "lists");
        foreach (var branch in new[] { "a", "b", "c" })
        {
            await bench.ForkAsync(branch);
        }

        var made = new[]
        {
            await bench.MakeAsync("a", "b"),
            await bench.MakeAsync("a", "c"),
            await bench.MakeAsync("b", "c"),
        };
        var whole = await ListAsync("comparand.from.branch = \"lists-*\"");
        var first = await ListAsync("comparand.from.branch = \"lists-*\"", size: 2);
        var second = await ListAsync("comparand.from.branch = \"lists-*\"", size: 2, token: first.NextPageToken);

        Assert.Equal(made.Reverse(), whole.Reports);
        Assert.Equal(whole.Reports, first.Reports.Concat(second.Reports));
        Assert.Equal("", second.NextPageToken);
        Assert.Equal([made[2]], (await ListAsync($"comparand.from.branch = \"{bench.Branch("b")}\"")).Reports);
        Assert.Empty((await ListAsync("creator = nobody")).Reports);
        Assert.Equal(2, (await ListAsync("comparand.to.branch = lists-c AND creator = \"a test\"")).Reports.Count);
    }

    [Fact]
    public async Task Deleted_it_is_gone_and_deleting_it_again_is_told_apart_from_repeating()
    {
        var bench = new ReportBench(lab, "deletes");
        await bench.ForkAsync("a");
        var report = await bench.MakeAsync("a", "a");
        var request = new DeleteReportRequest
        {
            Name = report.Name,
            RequestId = "0197a000-0000-7000-8000-00000000ab02",
        };

        await lab.Reports.DeleteReportAsync(request, lab.Key, cancellationToken: Token);
        await lab.Reports.DeleteReportAsync(request, lab.Key, cancellationToken: Token);
        var again = new DeleteReportRequest { Name = report.Name };
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Reports.DeleteReportAsync(again, lab.Key, cancellationToken: Token)
        );
        again.AllowMissing = true;
        await lab.Reports.DeleteReportAsync(again, lab.Key, cancellationToken: Token);

        Assert.Equal(ErrorReason.ReportNotFound, ErrorStatus.FromRpcException(failure)!.Reason);
        Assert.Equal(0L, await CountPartsAsync(report));
    }

    private async Task<object?> CountPartsAsync(Report report)
    {
        await using var count = lab.Database.Owner.CreateCommand(
            "SELECT count(*) FROM comparison.report_part WHERE report_id = $1"
        );
        count.Parameters.AddWithValue(report.Name[(report.Name.LastIndexOf('/') + 1)..]);
        return await count.ExecuteScalarAsync(Token);
    }

    private async Task<Report> GetAsync(string name) =>
        (await lab.Reports.GetReportAsync(new() { Name = name }, lab.Key, cancellationToken: Token)).Report;

    private async Task<ListReportsResponse> ListAsync(string filter, int size = 0, string token = "") =>
        await lab.Reports.ListReportsAsync(
            new()
            {
                Parent = "projects/lab",
                Filter = filter,
                PageSize = size,
                PageToken = token,
            },
            lab.Key,
            cancellationToken: Token
        );

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
