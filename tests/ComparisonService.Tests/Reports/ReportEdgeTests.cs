using Dendrite.Errors;
using Dendrite.Storage.Reports;
using Dendrite.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.ComparisonService.Tests.Reports;

public sealed class ReportEdgeTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_windows_and_a_confidence_near_1_have_intervals_too()
    {
        var bench = new ReportBench(lab, "sure");
        await bench.RecordBothAsync(4);
        var request = bench.Request();
        request.Report = new() { Options = new() { Confidence = 0.999999 } };

        var json = await bench.ReadTextAsync(await bench.MakeAsync(request), ReportFormat.Json);

        Assert.Contains("\"confidence\": 0.999999", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_whose_report_is_deleted_while_it_is_read_does_not_end_as_if_it_were_whole()
    {
        var documents = lab.App.Services.GetRequiredService<ReportDocumentStore>();
        var record = new ReportRecord("0198-cut-short", "Cut short")
        {
            FromBranch = "a",
            ToBranch = "b",
            Comparand = [],
            Options = [],
            Creator = "ann",
        };
        var content = new byte[(2 * ReportDocumentStore.PartBytes) + 1];
        await documents.AddAsync(
            lab.Project,
            record,
            new Dictionary<ReportForm, byte[]> { [ReportForm.Html] = content },
            Token
        );
        await using (
            var whole = documents.ReadAsync(lab.Project, record.Id, ReportForm.Html, Token).GetAsyncEnumerator()
        )
        {
            foreach (var length in new[] { ReportDocumentStore.PartBytes, ReportDocumentStore.PartBytes, 1 })
            {
                Assert.True(await whole.MoveNextAsync());
                Assert.Equal(length, whole.Current.Length);
            }

            Assert.False(await whole.MoveNextAsync());
        }

        await using var reading = documents
            .ReadAsync(lab.Project, record.Id, ReportForm.Html, Token)
            .GetAsyncEnumerator();
        Assert.True(await reading.MoveNextAsync());
        await lab.Reports.DeleteReportAsync(
            new() { Name = $"projects/lab/reports/{record.Id}" },
            lab.Key,
            cancellationToken: Token
        );

        var cut = await Assert.ThrowsAsync<DendriteException>(async () => await reading.MoveNextAsync());

        Assert.Equal(ErrorReason.ReportNotFound, cut.Reason);
    }
}
