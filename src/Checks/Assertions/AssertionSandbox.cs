using Dendrite.Errors;
using Dendrite.Storage.Assertions.Sandbox;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dendrite.Checks.Assertions;

/// <summary>The sandbox of this service, where it was given one.</summary>
public sealed class AssertionSandbox : IAsyncDisposable
{
    /// <summary>Name of the connection string: the database as the role <c>dendrite_assertion</c>.</summary>
    public const string ConnectionName = "assertions";

    private readonly SqlSandbox? sandbox;

    public AssertionSandbox(IConfiguration configuration, IOptions<AssertionOptions> options)
    {
        if (configuration.GetConnectionString(ConnectionName) is { Length: > 0 } connectionString)
        {
            var (given, limits) = (options.Value, new SandboxLimits());
            limits = limits with { StatementTimeout = given.StatementTimeout, MaxSessions = given.MaxSessions };
            sandbox = new(connectionString, limits);
        }
    }

    /// <exception cref="DendriteException">NOT_IMPLEMENTED: the service has no connection for it.</exception>
    internal SqlSandbox Get() =>
        sandbox
        ?? throw new DendriteException(
            ErrorReason.NotImplemented,
            $"Assertions are not set up on this server: give it ConnectionStrings:{ConnectionName}, "
                + "the database as the role dendrite_assertion."
        );

    public async ValueTask DisposeAsync()
    {
        if (sandbox is not null)
        {
            await sandbox.DisposeAsync();
        }
    }
}
