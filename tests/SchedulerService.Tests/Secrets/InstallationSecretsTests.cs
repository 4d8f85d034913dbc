using Dendrite.Errors;
using Dendrite.SchedulerService.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Tests.Secrets;

public sealed class InstallationSecretsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("secrets").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_secret_is_what_configuration_or_a_file_says()
    {
        File.WriteAllText(Path.Combine(folder, "from-file"), "written\n");
        var secrets = With(("Secrets:from-configuration", "set"));
        Assert.Equal("set", secrets.Get("lab", "from-configuration", "f").Reveal());
        Assert.Equal("written", secrets.Get("lab", "from-file", "f").Reveal());
    }

    [Fact]
    public void A_secret_of_one_project_is_found_by_no_other_and_counts_before_that_of_all()
    {
        Directory.CreateDirectory(Path.Combine(folder, "lab"));
        File.WriteAllText(Path.Combine(folder, "lab", "file-key"), "lab's file");
        var secrets = With(
            ("Secrets:lab:key", "lab's"),
            ("Secrets:key", "everyone's"),
            ("Secrets:lab:own", "lab's own")
        );
        Assert.Equal("lab's", secrets.Get("lab", "key", "f").Reveal());
        Assert.Equal("everyone's", secrets.Get("other", "key", "f").Reveal());
        Assert.Null(secrets.Find("other", "own"));
        Assert.Equal("lab's file", secrets.Get("lab", "file-key", "f").Reveal());
        Assert.Null(secrets.Find("other", "file-key"));
        // The section of a project is no secret of that name.
        Assert.Null(secrets.Find("other", "lab"));
    }

    [Fact]
    public void A_secret_that_is_not_there_is_refused_with_the_field_and_the_remedy()
    {
        var refusal = Assert.Throws<DendriteException>(() => With().Get("lab", "unknown", "sync_source.http.x"));
        Assert.Equal(ErrorReason.InvalidArgument, refusal.Reason);
        Assert.Equal("sync_source.http.x", Assert.Single(refusal.FieldViolations).Field);
        Assert.Contains("Secrets:lab:unknown", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../outside")]
    [InlineData("lab/key")]
    [InlineData("lab:key")]
    [InlineData("/etc/hostname")]
    [InlineData("..")]
    [InlineData("nul\0")]
    [InlineData("1key")]
    public void What_is_no_name_finds_nothing(string name)
    {
        var secrets = With(("Secrets:lab:key", "lab's"));
        Assert.Null(secrets.Find("other", name));
        Assert.Throws<DendriteException>(() => secrets.Get("other", name, "f"));
    }

    [Fact]
    public void A_secret_put_where_its_name_belongs_is_not_shown()
    {
        var refusal = Assert.Throws<DendriteException>(() => With().Get("lab", "Bearer s3cr3t!", "f"));
        Assert.DoesNotContain("s3cr3t", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Printing_a_secret_shows_its_name()
    {
        var secret = With(("Secrets:key", "hidden")).Get("lab", "key", "f");
        Assert.Equal("secret key", $"{secret}");
    }

    [Fact]
    public void A_replaced_file_counts_from_the_next_use_on()
    {
        var file = Path.Combine(folder, "rotating");
        var secrets = With();
        File.WriteAllText(file, "old");
        Assert.Equal("old", secrets.Get("lab", "rotating", "f").Reveal());
        File.WriteAllText(file, "new");
        Assert.Equal("new", secrets.Get("lab", "rotating", "f").Reveal());
    }

    [Fact]
    public void A_file_that_is_too_large_is_no_secret()
    {
        File.WriteAllText(Path.Combine(folder, "large"), new string('x', 70_000));
        Assert.Null(With().Find("lab", "large"));
    }

    private InstallationSecrets With(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Key, (string?)each.Value)))
            .Build();
        return new(configuration, Options.Create(new SecretOptions { SecretsFolder = folder }));
    }
}
