using Dendrite.Contracts.Paging;
using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary>Bad arguments to each call about storage.</summary>
public sealed class StorageRefusalTests(CareLab lab) : IClassFixture<CareLab>
{
    private const string Hostile = "projects/lab'; DROP TABLE care.look; --";

    public static TheoryData<Refusal, Action<GetStorageForecastRequest>> Forecasts =>
        new()
        {
            { Invalid("project"), ask => ask.Project = "" },
            { Invalid("project"), ask => ask.Project = "lab" },
            { Invalid("project"), ask => ask.Project = Hostile },
            { Of(StatusCode.PermissionDenied), ask => ask.Project = "projects/none" },
            { Invalid("window"), ask => ask.Window = new() },
            { Invalid("window"), ask => ask.Window = new() { Seconds = -1 } },
            { Invalid("window"), ask => ask.Window = new() { Seconds = 3_599 } },
            { Invalid("window"), ask => ask.Window = new() { Seconds = (731 * 86_400) + 1 } },
            { Invalid("window"), ask => ask.Window = new() { Seconds = long.MaxValue } },
            { Invalid("window"), ask => ask.Window = new() { Seconds = 1, Nanos = -1 } },
        };

    public static TheoryData<Refusal, Action<PreviewStorageCareRequest>> Plans =>
        new()
        {
            { Invalid("project"), ask => ask.Project = "" },
            { Invalid("project"), ask => ask.Project = Hostile },
            { Invalid("project"), ask => ask.Project = "projects/lab/jobs/x" },
            { Of(StatusCode.PermissionDenied), ask => ask.Project = "projects/other" },
        };

    public static TheoryData<Refusal, Action<ListCareActionsRequest>> Lists =>
        new()
        {
            { Invalid("project"), ask => ask.Project = "" },
            { Invalid("project"), ask => ask.Project = Hostile },
            { Of(StatusCode.PermissionDenied), ask => ask.Project = "projects/other" },
            { Invalid("table"), ask => ask.Table = new string('x', 201) },
            { Invalid("table"), ask => ask.Table = "signals\0block" },
            { Invalid("page_size"), ask => ask.PageSize = -1 },
            { Invalid("page_token"), ask => ask.PageToken = "x" },
            { Invalid("page_token"), ask => ask.PageToken = new string('A', 10_000) },
            // Of another listing, and whole but for what it holds.
            {
                Invalid("page_token"),
                ask => ask.PageToken = PageToken.Encode($"{Guid.Empty}", "ListCareActions", "projects/lab", "t")
            },
            {
                Invalid("page_token"),
                ask => ask.PageToken = PageToken.Encode("no id", "ListCareActions", "projects/lab", "")
            },
        };

    [Theory]
    [MemberData(nameof(Forecasts))]
    [BadInputOf("GetStorageForecast")]
    public Task A_forecast_that_makes_no_sense_is_refused(Refusal refusal, Action<GetStorageForecastRequest> spoil)
    {
        var request = new GetStorageForecastRequest
        {
            Project = CareLab.Parent,
            Window = Duration.FromTimeSpan(TimeSpan.FromDays(7)),
        };
        spoil(request);
        return RefusedAsync(refusal, async () => await lab.Storage.GetStorageForecastAsync(request, lab.Admin));
    }

    [Theory]
    [MemberData(nameof(Plans))]
    [BadInputOf("PreviewStorageCare")]
    public Task A_plan_for_nobody_is_refused(Refusal refusal, Action<PreviewStorageCareRequest> spoil)
    {
        var request = new PreviewStorageCareRequest { Project = CareLab.Parent };
        spoil(request);
        return RefusedAsync(refusal, async () => await lab.Storage.PreviewStorageCareAsync(request, lab.Admin));
    }

    [Theory]
    [MemberData(nameof(Lists))]
    [BadInputOf("ListCareActions")]
    public Task A_list_that_makes_no_sense_is_refused(Refusal refusal, Action<ListCareActionsRequest> spoil)
    {
        var request = new ListCareActionsRequest { Project = CareLab.Parent };
        spoil(request);
        return RefusedAsync(refusal, async () => await lab.Storage.ListCareActionsAsync(request, lab.Admin));
    }

    [Fact]
    public async Task A_hostile_table_is_one_that_nothing_was_done_about()
    {
        var request = new ListCareActionsRequest
        {
            Project = CareLab.Parent,
            Table = "x' OR true; DROP TABLE care.look",
        };

        Assert.Empty((await lab.Storage.ListCareActionsAsync(request, lab.Admin)).Actions);
    }

    private async Task RefusedAsync(Refusal refusal, Func<Task> call) =>
        Assert.Equal(refusal, await lab.RefusalOfAsync(call));
}
