using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class BranchListTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task Pages_hold_every_branch_once_in_order()
    {
        foreach (var id in new[] { "page-c", "page-a", "page-d", "page-b" })
        {
            await fixture.CreateAsync(id);
        }

        var request = new ListBranchesRequest
        {
            Parent = "projects/lab",
            PageSize = 3,
            Filter = "branch_id = \"page-*\"",
        };
        var first = await fixture.Branches.ListBranchesAsync(request, fixture.Lab);
        request.PageToken = first.NextPageToken;
        var second = await fixture.Branches.ListBranchesAsync(request, fixture.Lab);

        Assert.Equal(
            ["page-a", "page-b", "page-c", "page-d"],
            first.Branches.Concat(second.Branches).Select(branch => branch.Name.Split('/')[^1])
        );
        Assert.Equal("", second.NextPageToken);
    }

    [Fact]
    public async Task A_filter_asks_for_state_kind_and_labels_together()
    {
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = "filtered",
            Branch = new() { Kind = BranchKind.Trial, Labels = { ["site"] = "say \"hi\"" } },
        };
        await fixture.Branches.CreateBranchAsync(request, fixture.Lab);

        Assert.Equal(["filtered"], await ListAsync("kind = TRIAL AND labels.site = \"say \\\"hi\\\"\""));
        Assert.Empty(await ListAsync("kind = TRIAL AND labels.site = elsewhere"));
        Assert.Equal(["main"], await ListAsync("state=ACTIVE AND kind=MAIN"));
        await fixture.Branches.DeleteBranchAsync(new() { Name = "projects/lab/branches/filtered" }, fixture.Lab);
        Assert.Equal(["filtered"], await ListAsync("state = deleted AND kind = trial"));
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("kind = ")]
    [InlineData("kind = TRIAL AND")]
    [InlineData("kind = 1")]
    [InlineData("kind = trials")]
    [InlineData("secret = x")]
    [InlineData("owner < b")]
    [InlineData("create_time > yesterday")]
    [InlineData("protected = yes")]
    [InlineData("labels = x")]
    [InlineData("fork_point = main")]
    [InlineData("kind = TRIAL; DROP TABLE branching.branch")]
    [InlineData("labels.a = \"unfinished")]
    public async Task A_filter_that_is_none_is_refused(string filter)
    {
        var request = new ListBranchesRequest { Parent = "projects/lab", Filter = filter };

        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidFilter,
            () => fixture.Branches.ListBranchesAsync(request, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_page_token_is_good_for_its_own_request_only()
    {
        await fixture.CreateAsync("token-a");
        await fixture.CreateAsync("token-b");
        var request = new ListBranchesRequest { Parent = "projects/lab", PageSize = 1 };
        var token = (await fixture.Branches.ListBranchesAsync(request, fixture.Lab)).NextPageToken;

        foreach (var (wrong, filter) in new[] { (token, "kind = TRIAL"), (token[..^2], ""), ("made up", "") })
        {
            await RefusedAsync(
                StatusCode.InvalidArgument,
                ErrorReason.InvalidPageToken,
                () =>
                    fixture.Branches.ListBranchesAsync(
                        new()
                        {
                            Parent = "projects/lab",
                            PageToken = wrong,
                            Filter = filter,
                        },
                        fixture.Lab
                    )
            );
        }
    }

    [Fact]
    public async Task A_negative_page_size_is_refused_and_a_huge_one_is_bounded()
    {
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Branches.ListBranchesAsync(new() { Parent = "projects/lab", PageSize = -1 }, fixture.Lab)
        );
        await fixture.Branches.ListBranchesAsync(
            new() { Parent = "projects/lab", PageSize = int.MaxValue },
            fixture.Lab
        );
    }

    [Fact]
    public async Task A_filter_asks_for_every_field_that_the_contract_names()
    {
        var one = await MakeAsync("f-one", new() { Owner = "ann", Labels = { ["site"] = "berlin" } });
        await MakeAsync("f-two", new() { Owner = "bob", Ttl = Duration.FromTimeSpan(TimeSpan.FromDays(1)) }, "f-one");
        await fixture.Branches.SetBranchProtectionAsync(new() { Name = one.Name, Protected = true }, fixture.Lab);
        await fixture.Branches.SetExperimentStateAsync(
            new() { Name = one.Name, State = ExperimentState.Failed },
            fixture.Lab
        );

        Assert.Equal(["f-one"], await ListAsync("branch_id = \"f-one\""));
        Assert.Equal(["f-one", "f-two"], await ListAsync("branch_id = f-* AND owner != carl"));
        Assert.Equal(["f-two"], await ListAsync("owner = b* AND NOT protected = true"));
        Assert.Equal(["f-one"], await ListAsync("protected = true AND kind != MAIN"));
        Assert.Equal(["f-one"], await ListAsync("experiment.state = FAILED OR experiment.state = COMPLETED"));
        Assert.Equal(["f-one"], await ListAsync("labels:site AND branch_id = f-*"));
        Assert.Equal(["f-two"], await ListAsync("branch_id = f-* AND -labels.site = \"ber*\""));
        Assert.Equal(["f-two"], await ListAsync("fork_point.branch = f-one"));
        Assert.Equal(["f-two"], await ListAsync($"fork_point.branch = \"{one.Name}\""));
        Assert.Equal(["f-two"], await ListAsync("expire_time:* AND branch_id = f-*"));
        Assert.Equal(["f-one"], await ListAsync("NOT expire_time < \"2999-01-01\" AND branch_id = f-*"));
        Assert.Equal(["f-one", "f-two"], await ListAsync("create_time > 2020-01-01T00:00:00Z AND branch_id = f-*"));
        Assert.Equal(["f-two"], await ListAsync("branch_id = f-* AND branch_id > \"f-one\""));
        Assert.Equal(["f-one"], await ListAsync("branch_id = f-* AND branch_id <= \"f-one\""));
        await fixture.TagAsync("f-tag", new() { Branch = one.Name });
        Assert.Equal(["f-one"], await ListAsync("tagged = true AND branch_id = f-*"));
        Assert.Equal(["f-two"], await ListAsync("-tagged = true AND branch_id = f-*"));
        Assert.Empty(await ListAsync("owner = \"x' OR '1'='1\""));
        Assert.Empty(await ListAsync("labels.\"a' --\" = b"));
    }

    [Theory]
    [InlineData("", "o-a,o-b,o-c")]
    [InlineData("name desc", "o-c,o-b,o-a")]
    [InlineData("create_time", "o-b,o-c,o-a")]
    [InlineData("create_time desc", "o-a,o-c,o-b")]
    [InlineData("update_time desc", "o-b,o-a,o-c")]
    [InlineData("expire_time", "o-c,o-a,o-b")]
    [InlineData("expire_time desc", "o-a,o-b,o-c")]
    public async Task Branches_are_listed_in_the_order_asked_for_and_page_by_page(string orderBy, string expected)
    {
        if ((await ListAsync("branch_id = o-*")).Count == 0)
        {
            await MakeAsync("o-b", new());
            await MakeAsync("o-c", new() { Ttl = Duration.FromTimeSpan(TimeSpan.FromDays(1)) });
            await MakeAsync("o-a", new());
            await fixture.Branches.UpdateBranchAsync(
                new()
                {
                    Branch = new() { Name = "projects/lab/branches/o-b", DisplayName = "last" },
                },
                fixture.Lab
            );
        }

        Assert.Equal(expected.Split(','), await ListAsync("branch_id = o-*", orderBy));
    }

    [Theory]
    [InlineData("size")]
    [InlineData("name; DROP TABLE branching.branch")]
    [InlineData("name, create_time")]
    [InlineData("name DESC")]
    public async Task An_order_that_is_none_is_refused(string orderBy)
    {
        var request = new ListBranchesRequest { Parent = "projects/lab", OrderBy = orderBy };
        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidFilter,
            () => fixture.Branches.ListBranchesAsync(request, fixture.Lab)
        );
        Assert.Equal("order_by", Assert.Single(refusal.FieldViolations).Field);
    }

    private async Task<Branch> MakeAsync(string id, Branch fields, string from = "main")
    {
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = id,
            Branch = fields,
            Source = new() { Branch = $"projects/lab/branches/{from}" },
        };
        return (await fixture.Branches.CreateBranchAsync(request, fixture.Lab)).Branch;
    }

    /// <summary>All pages, of two branches each.</summary>
    private async Task<List<string>> ListAsync(string filter, string orderBy = "")
    {
        var ids = new List<string>();
        var request = new ListBranchesRequest
        {
            Parent = "projects/lab",
            Filter = filter,
            OrderBy = orderBy,
            PageSize = 2,
        };
        do
        {
            var page = await fixture.Branches.ListBranchesAsync(request, fixture.Lab);
            ids.AddRange(page.Branches.Select(branch => branch.Name.Split('/')[^1]));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return ids;
    }
}
