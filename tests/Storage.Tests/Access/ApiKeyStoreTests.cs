using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Access;

namespace Dendrite.Storage.Tests.Access;

public sealed class ApiKeyStoreTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_service_finds_the_key_whose_id_it_was_shown()
    {
        var lab = await Lab.CreateAsync(database, "keys");
        var key = ApiKey.Parse("dk_gateway_0123456789abcdef");
        await PutAsync(new(key.Id, key.HashSecret(), lab.Project, null, "gateway", ["writer"], null, null));

        foreach (var role in new[] { database.Branch, database.Ingest, database.Comparison, database.Scheduler })
        {
            var found = await new ApiKeyStore(role).FindAsync("gateway", Token);
            Assert.Equal((lab.Project, "keys", "gateway"), (found!.Project, found.ProjectName, found.Label));
            Assert.True(key.Matches(found.SecretHash));
            Assert.False(ApiKey.Parse("dk_gateway_0123456789abcdeg").Matches(found.SecretHash));
            Assert.Null(await new ApiKeyStore(role).FindAsync("other", Token));
        }
    }

    [Fact]
    public async Task Putting_a_key_again_replaces_its_secret()
    {
        var (old, renewed) = (ApiKey.Parse("dk_renewed_0123456789abcdef"), ApiKey.Parse("dk_renewed_fedcba9876543210"));
        await PutAsync(new(old.Id, old.HashSecret(), null, null, "cli", [], null, null));
        await PutAsync(new(renewed.Id, renewed.HashSecret(), null, null, "cli", [], null, null));

        var found = await new ApiKeyStore(database.Branch).FindAsync("renewed", Token);

        Assert.True(renewed.Matches(found!.SecretHash));
        Assert.Null(found.Project);
    }

    [Fact]
    public async Task Renewing_a_key_gives_it_the_secret_and_leaves_the_rest_of_it()
    {
        var lab = await Lab.CreateAsync(database, "renewing");
        var (old, renewed) = (ApiKey.Parse("dk_kept_0123456789abcdef"), ApiKey.Parse("dk_kept_fedcba9876543210"));
        var (expired, disabled) = (DateTimeOffset.UnixEpoch.AddDays(2), DateTimeOffset.UnixEpoch.AddDays(1));
        await PutAsync(new(old.Id, old.HashSecret(), lab.Project, null, "ann", ["admin"], expired, disabled));

        await new ApiKeyStore(database.Owner).AddOrRenewAsync(
            new(renewed.Id, renewed.HashSecret(), null, null, "cli", ["service"], null, null),
            Token
        );

        var found = await new ApiKeyStore(database.Branch).FindAsync("kept", Token);
        Assert.True(renewed.Matches(found!.SecretHash));
        Assert.Equal(
            (lab.Project, "ann", expired, disabled),
            (found.Project, found.Label, found.ExpireTime, found.DisableTime)
        );
        Assert.Equal(["admin"], found.Roles);
    }

    [Theory]
    [InlineData("dk_id_short")]
    [InlineData("dk__0123456789abcdef")]
    [InlineData("xx_id_0123456789abcdef")]
    [InlineData("dk_id_0123456789abcdef\n")]
    [InlineData("dk_a_b_0123456789abcdef")]
    [InlineData("")]
    [InlineData(null)]
    public void What_has_not_the_form_of_a_key_is_none(string? text) => Assert.False(ApiKey.TryParse(text, out _));

    [Fact]
    public void A_key_prints_without_its_secret() =>
        Assert.Equal("dk_id_…", ApiKey.Parse("dk_id_0123456789abcdef").ToString());

    private Task PutAsync(ApiKeyRecord key) => new ApiKeyStore(database.Owner).PutAsync(key, Token);
}
