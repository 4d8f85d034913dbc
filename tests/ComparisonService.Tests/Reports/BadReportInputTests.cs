using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Reports;

/// <summary>Bad arguments are refused with the field at fault, and leave nothing behind.</summary>
public sealed class BadReportInputTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const string Unknown = "projects/lab/reports/0197a000-0000-7000-8000-000000000000";

    private static readonly (string Why, Action<CreateReportRequest> Break, Refusal Refusal)[] Creations =
    [
        ("no parent", r => r.Parent = "", Refusal.Invalid("parent")),
        ("a branch for a parent", r => r.Parent = "projects/lab/branches/main", Refusal.Invalid("parent")),
        ("another's project", r => r.Parent = "projects/other", Refusal.Of(StatusCode.PermissionDenied)),
        ("no comparand", r => r.Comparand = null, Refusal.Invalid("comparand")),
        ("one side", r => r.Comparand.From = null, Refusal.Invalid("comparand.from")),
        ("no branch", r => r.Comparand.To.Branch = "", Refusal.Invalid("comparand.to.branch")),
        ("an unknown branch", r => r.Comparand.To.Branch += "-not", Refusal.Of(StatusCode.NotFound)),
        (
            "another's branch",
            r => r.Comparand.To.Branch = "projects/x/branches/main",
            Refusal.Invalid("comparand.to.branch")
        ),
        ("an unknown mode", r => r.Comparand.Mode = (DiffMode)77, Refusal.Invalid("comparand.mode")),
        ("a request id that is none", r => r.RequestId = "again", Refusal.Invalid("request_id")),
        ("a long title", r => r.Report.DisplayName = new('x', 201), Refusal.Invalid("report.display_name")),
        ("a title of two lines", r => r.Report.DisplayName = "a\nb", Refusal.Invalid("report.display_name")),
        ("a bell in a title", r => r.Report.DisplayName = "a\u0007", Refusal.Invalid("report.display_name")),
        ("certainty", r => r.Report.Options = new() { Confidence = 1 }, Refusal.Invalid("report.options.confidence")),
        (
            "no pairs",
            r => r.Report.Options = new() { Pairing = ChannelPairing.Given },
            Refusal.Invalid("report.options.pairs")
        ),
        (
            "a stream that is none",
            r => r.Report.Options = new() { Pairs = { new ChannelPair { FromStreamId = "none" } } },
            new(StatusCode.NotFound, "report.options.pairs[0].from_stream_id", null)
        ),
    ];

    private static readonly (string Name, Refusal Refusal)[] Names =
    [
        ("", Refusal.Invalid("name")),
        ("projects/lab/reports/", Refusal.Invalid("name")),
        ("projects/lab", Refusal.Invalid("name")),
        ("projects/lab/reports/A B", Refusal.Invalid("name")),
        ("projects/other/reports/x", Refusal.Of(StatusCode.PermissionDenied)),
        (Unknown, Refusal.Of(StatusCode.NotFound)),
    ];

    public static TheoryData<string> Whys => [.. Creations.Select(row => row.Why)];

    [Theory]
    [BadInputOf("CreateReport")]
    [MemberData(nameof(Whys))]
    public async Task A_bad_request_for_a_report_is_refused(string why)
    {
        var row = Creations.Single(one => one.Why == why);
        var request = Good();
        row.Break(request);

        Assert.Equal(
            row.Refusal,
            await RefusedAsync(async () => await lab.Reports.CreateReportAsync(request, lab.Key))
        );
    }

    [Fact]
    [BadInputOf("GetReport", "ReadReport", "DeleteReport")]
    public async Task Names_of_no_report_are_refused()
    {
        foreach (var (name, expected) in Names)
        {
            Func<Task>[] calls =
            [
                async () => await lab.Reports.GetReportAsync(new() { Name = name }, lab.Key),
                () => ReadAsync(new() { Name = name }),
                async () => await lab.Reports.DeleteReportAsync(new() { Name = name }, lab.Key),
            ];
            foreach (var call in calls)
            {
                Assert.Equal(expected, await RefusedAsync(call));
            }
        }
    }

    [Fact]
    [BadInputOf("ReadReport", "DeleteReport")]
    public async Task Forms_and_request_ids_that_are_none_are_refused()
    {
        var read = new ReadReportRequest { Name = Unknown, Format = (ReportFormat)9 };
        var delete = new DeleteReportRequest { Name = Unknown, RequestId = "x" };

        Assert.Equal(Refusal.Invalid("format"), await RefusedAsync(() => ReadAsync(read)));
        Assert.Equal(
            Refusal.Invalid("request_id"),
            await RefusedAsync(async () => await lab.Reports.DeleteReportAsync(delete, lab.Key))
        );
    }

    [Theory]
    [BadInputOf("ListReports")]
    [InlineData("", "", "", 0, "parent", StatusCode.InvalidArgument)]
    [InlineData("projects/lab/reports", "", "", 0, "parent", StatusCode.InvalidArgument)]
    [InlineData("projects/other", "", "", 0, "", StatusCode.PermissionDenied)]
    [InlineData("projects/lab", "", "", -1, "page_size", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "abc", "", 0, "page_token", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "colour = red", 0, "filter", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "creator > a", 0, "filter", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "create_time > yesterday", 0, "filter", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "(creator = a", 0, "filter", StatusCode.InvalidArgument)]
    public async Task A_bad_list_of_reports_is_refused(
        string parent,
        string pageToken,
        string filter,
        int pageSize,
        string field,
        StatusCode status
    )
    {
        var request = new ListReportsRequest
        {
            Parent = parent,
            PageToken = pageToken,
            Filter = filter,
            PageSize = pageSize,
        };

        Assert.Equal(
            new(status, field, null),
            await RefusedAsync(async () => await lab.Reports.ListReportsAsync(request, lab.Key))
        );
    }

    private static CreateReportRequest Good() =>
        new()
        {
            Parent = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = "projects/lab/branches/main" },
                To = new() { Branch = "projects/lab/branches/main" },
            },
            Report = new(),
        };

    private async Task ReadAsync(ReadReportRequest request)
    {
        using var call = lab.Reports.ReadReport(request, lab.Key);
        await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
    }

    private Task<Refusal> RefusedAsync(Func<Task> call) => Refusal.OfAsync(call, CountAsync);

    private async Task<string> CountAsync()
    {
        await using var count = lab.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM comparison.report), (SELECT count(*) FROM branching.operation),
                (SELECT count(*) FROM branching.request), (SELECT count(*) FROM branching.audit_entry))
            """
        );
        return (string)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
