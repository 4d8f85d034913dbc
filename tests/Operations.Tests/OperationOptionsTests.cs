namespace Dendrite.Operations.Tests;

public sealed class OperationOptionsTests
{
    [Fact]
    public void What_is_not_said_is_valid() => Assert.True(new OperationOptions().IsValid);

    public static TheoryData<string, OperationOptions> Bad() =>
        new()
        {
            {
                "no lease",
                new() { Lease = TimeSpan.Zero }
            },
            {
                "no pause",
                new() { PollInterval = TimeSpan.Zero }
            },
            {
                "no worker",
                new() { MaxConcurrent = 0 }
            },
            {
                "no attempt",
                new() { MaxAttempts = 0 }
            },
            {
                "kept for less than the contract promises",
                new() { Keep = TimeSpan.FromDays(6) }
            },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Figures_that_cannot_work_are_refused(string what, OperationOptions options) =>
        Assert.False(options.IsValid, what);
}
