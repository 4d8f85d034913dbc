using Aspire.Hosting.Servers;

namespace Dendrite.StandIns.Aspire.Tests.Servers;

public sealed class PostgresInstallationTests
{
    [Theory]
    [InlineData("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15)]
    [InlineData("postgres (PostgreSQL) 18beta1", 18)]
    [InlineData("postgres (PostgreSQL) 9.6.24", 9)]
    [InlineData("something else", null)]
    public void The_major_version_is_read(string text, int? version) =>
        Assert.Equal(version, PostgresInstallation.ParseVersion(text));

    [Fact]
    public void A_distribution_is_known_by_its_name_and_by_those_it_descends_from()
    {
        using var folder = new TemporaryFolder();
        var release = folder.File("os-release");
        File.WriteAllText(release, "NAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");

        Assert.Equal(["rocky", "rhel", "centos", "fedora"], SystemPackages.ReadKin(release));
    }
}
