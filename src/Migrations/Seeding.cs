using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Dendrite.Migrations;

/// <summary>
/// Makes a first project and API keys. What is there already stays, except that a key gets the secret it is given.
/// </summary>
public sealed partial class Seeding(NpgsqlDataSource owner, TimeProvider time, ILogger<Seeding> logger)
{
    /// <summary>
    /// The key that is bound to the seeded project; keys of other labels are the services' and reach every project.
    /// </summary>
    public const string ProjectKeyLabel = "cli";

    public async Task RunAsync(PreparationOptions options, CancellationToken cancellationToken)
    {
        var project = options.Project is { } name ? await PutProjectAsync(name, cancellationToken) : (ProjectId?)null;
        var keys = new ApiKeyStore(owner);
        foreach (var (label, key) in options.Keys)
        {
            var bound = label == ProjectKeyLabel ? project : null;
            string[] roles = bound is null ? ["service"] : ["admin"];
            var record = new ApiKeyRecord(key.Id, key.HashSecret(), bound, null, label, roles, null, null);
            await keys.AddOrRenewAsync(record, cancellationToken);
            Tell(await keys.FindAsync(key.Id, cancellationToken) ?? record, record, options.Project);
        }
    }

    /// <summary>Says what the key is now: one that was there may be bound, or refused, otherwise.</summary>
    private void Tell(ApiKeyRecord key, ApiKeyRecord configured, string? projectName)
    {
        LogKey(key.KeyId, key.Label, key.ProjectName ?? "every project");
        if (key.Project != configured.Project || !key.Roles.ToHashSet().SetEquals(configured.Roles))
        {
            var wanted = ReachOf(configured, configured.Project is null ? null : projectName);
            LogKept(key.KeyId, key.Label, ReachOf(key, key.ProjectName), wanted);
        }

        if (key.DisableTime is { } disabled && disabled <= time.GetUtcNow())
        {
            LogDisabled(key.KeyId, key.Label, disabled);
        }
        else if (key.ExpireTime is { } expired && expired <= time.GetUtcNow())
        {
            LogExpired(key.KeyId, key.Label, expired);
        }
    }

    private static string ReachOf(ApiKeyRecord key, string? projectName) =>
        $"{projectName ?? "every project"} as {string.Join(", ", key.Roles)}";

    private async Task<ProjectId> PutProjectAsync(string name, CancellationToken cancellationToken)
    {
        var projects = new ProjectStore(new PlatformDatabase(owner));
        if (await projects.FindAsync(name, cancellationToken) is { } found)
        {
            return found.Id;
        }

        try
        {
            var project = new NewProject(name, NewUid(), NewUid());
            var id = await projects.CreateAsync(project, ProjectKeyLabel, cancellationToken);
            LogProject(name);
            return id;
        }
        catch (DendriteException raced) when (raced.Reason == ErrorReason.AlreadyExists)
        {
            return (await projects.GetAsync(name, cancellationToken)).Id;
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.CheckViolation)
        {
            throw new ConfigurationException(
                $"Seed:Project is '{name}': use lower-case letters, digits and hyphens, beginning with a letter."
            );
        }
    }

    private Guid NewUid() => Guid.CreateVersion7(time.GetUtcNow());
}
