using Aspire.Hosting.Running;

namespace Dendrite.StandIns.Aspire.Tests;

public sealed class UserSecretsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void A_generated_value_is_the_same_in_the_next_run_and_other_secrets_stay()
    {
        var path = folder.File("secrets.json");
        File.WriteAllText(path, "\uFEFF{ \"Other\": \"kept\" }");

        var first = Default(path).GetDefaultValue();
        var second = Default(path).GetDefaultValue();

        Assert.Equal(first, second);
        Assert.Contains("\"Other\": \"kept\"", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_owner_may_read_the_secrets()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other permissions");
        var path = folder.File("secrets.json");

        Default(path).GetDefaultValue();

        Assert.Equal("UserWrite, UserRead", $"{new FileInfo(path).UnixFileMode}");
    }

    [Fact]
    public async Task Runs_that_begin_together_agree_on_the_value()
    {
        var path = folder.File("secrets.json");

        var values = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(_ => Task.Run(() => Default(path).GetDefaultValue()))
            )
            .Bounded();

        Assert.Single(values.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public void A_generated_value_has_the_length_and_the_characters_asked_for()
    {
        var value = new GenerateParameterDefault { MinLength = 43, Special = false }.GetDefaultValue();

        Assert.Equal(43, value.Length);
        Assert.All(value, c => Assert.True(char.IsAsciiLetterOrDigit(c)));
    }

    public void Dispose() => folder.Dispose();

    private static SecretParameterDefault Default(string path) =>
        new(new UserSecrets(path), "Parameters:password", new GenerateParameterDefault());
}
