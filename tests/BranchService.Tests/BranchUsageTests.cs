using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class BranchUsageTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_branch_that_nobody_wrote_to_costs_nothing()
    {
        await fixture.CreateAsync("costs-nothing");

        var usage = await fixture.Branches.GetBranchUsageAsync(
            new() { Name = "projects/lab/branches/costs-nothing" },
            fixture.Lab
        );

        Assert.NotNull(usage.MeasureTime);
        usage.MeasureTime = null;
        Assert.Equal(new GetBranchUsageResponse(), usage);
    }

    [Theory]
    [InlineData("", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("main", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("projects/lab", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("projects/lab/branches/", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("projects/lab/branches/../main", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("projects/lab/branches/main\n", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("projects/lab/branches/x' OR ''='", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("projects/lab/branches/never", StatusCode.NotFound, ErrorReason.BranchNotFound)]
    [InlineData("projects/other/branches/main", StatusCode.PermissionDenied, ErrorReason.PermissionDenied)]
    public async Task A_branch_that_cannot_be_measured_is_refused(string name, StatusCode status, ErrorReason reason) =>
        await RefusedAsync(
            status,
            reason,
            () => fixture.Branches.GetBranchUsageAsync(new() { Name = name }, fixture.Lab)
        );

    [Fact]
    public async Task A_name_of_ten_megabytes_is_refused() =>
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.MalformedName,
            () =>
                fixture.Branches.GetBranchUsageAsync(
                    new() { Name = $"projects/lab/branches/{new string('x', 3_000_000)}" },
                    fixture.Lab
                )
        );
}
