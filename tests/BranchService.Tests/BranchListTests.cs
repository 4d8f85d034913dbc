using Dendrite.Errors;
using Dendrite.V1;
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
        Assert.Equal(["filtered"], await ListAsync("state = DELETED AND kind = TRIAL"));
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("kind = ")]
    [InlineData("kind = TRIAL AND")]
    [InlineData("kind = TRIAL OR kind = MAIN")]
    [InlineData("kind = 1")]
    [InlineData("kind = trial")]
    [InlineData("secret = x")]
    [InlineData("branch_id = \"sleep\"")]
    [InlineData("branch_id = \"%*\"")]
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

    private async Task<List<string>> ListAsync(string filter)
    {
        var request = new ListBranchesRequest { Parent = "projects/lab", Filter = filter };
        var response = await fixture.Branches.ListBranchesAsync(request, fixture.Lab);
        return [.. response.Branches.Select(branch => branch.Name.Split('/')[^1])];
    }
}
