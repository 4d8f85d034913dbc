using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.ServiceDefaults.Tests.Requests;

public sealed class DeletionsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_there_is_found(bool allowMissing) =>
        Assert.True(await Task.CompletedTask.FoundAsync(allowMissing, ErrorReason.TagNotFound));

    [Fact]
    public async Task What_is_missing_and_may_be_is_no_error() =>
        Assert.False(await Failing(ErrorReason.TagNotFound).FoundAsync(allowMissing: true, ErrorReason.TagNotFound));

    [Theory]
    [InlineData(false, ErrorReason.TagNotFound)]
    [InlineData(true, ErrorReason.EtagMismatch)]
    [InlineData(true, ErrorReason.ProjectNotFound)]
    public async Task Every_other_failure_goes_up(bool allowMissing, ErrorReason reason)
    {
        var error = await Assert.ThrowsAsync<DendriteException>(() =>
            Failing(reason).FoundAsync(allowMissing, ErrorReason.TagNotFound)
        );

        Assert.Equal(reason, error.Reason);
    }

    private static Task Failing(ErrorReason reason) => Task.FromException(new DendriteException(reason, "It failed."));
}
