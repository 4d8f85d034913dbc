using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Dendrite.StandIns.Aspire.Tests.Clients;

public sealed class NpgsqlDataSourceTests
{
    private const string Common = "Aspire:Npgsql:ConnectionString";
    private const string Named = "Aspire:Npgsql:platform:ConnectionString";
    private const string ConnectionString = "ConnectionStrings:platform";

    [Theory]
    [InlineData("common", Common)]
    [InlineData("named", Common, Named)]
    [InlineData("connection", Common, Named, ConnectionString)]
    public void The_more_particular_setting_wins(string winner, params string[] keys)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        foreach (var key in keys)
        {
            var host =
                key == Common ? "common"
                : key == Named ? "named"
                : "connection";
            builder.Configuration[key] = $"Host={host}";
        }

        builder.AddNpgsqlDataSource("platform");

        Assert.Equal(winner, HostOf(builder));
    }

    [Fact]
    public void The_delegate_has_the_last_word()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration[ConnectionString] = "Host=connection";

        builder.AddNpgsqlDataSource("platform", settings => settings.ConnectionString = "Host=delegate");

        Assert.Equal("delegate", HostOf(builder));
    }

    [Fact]
    public void A_missing_connection_string_is_an_error_when_the_data_source_is_first_asked_for()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddNpgsqlDataSource("platform");
        using var host = builder.Build();

        var error = Assert.Throws<InvalidOperationException>(() => host.Services.GetService<NpgsqlDataSource>());

        Assert.Contains(ConnectionString, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_is_registered_once_by_the_official_name_unless_it_is_disabled()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddNpgsqlDataSource("platform");
        builder.AddNpgsqlDataSource("platform");
        builder.AddKeyedNpgsqlDataSource("archive");
        builder.AddKeyedNpgsqlDataSource("scratch", settings => settings.DisableHealthChecks = true);
        using var host = builder.Build();

        var checks = host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;

        Assert.Equal(["PostgreSql", "PostgreSql_archive"], checks.Select(c => c.Name));
    }

    private static string? HostOf(HostApplicationBuilder builder)
    {
        using var host = builder.Build();
        var dataSource = host.Services.GetRequiredService<NpgsqlDataSource>();
        return new NpgsqlConnectionStringBuilder(dataSource.ConnectionString).Host;
    }
}
