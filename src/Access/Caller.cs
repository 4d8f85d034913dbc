using Dendrite.Errors;
using Dendrite.Storage;

namespace Dendrite.Access;

/// <summary>Who makes a call: an API key that was proved, and what it reaches.</summary>
/// <param name="KeyId">Names the key in logs and audits.</param>
/// <param name="Label">What the key was called by whoever made it; the author of commits.</param>
/// <param name="Project">The one project that it reaches; null for every project.</param>
/// <param name="ProjectName">The id in that project's resource name; null with <paramref name="Project"/>.</param>
/// <param name="Roles">What it may do beyond reading and writing its project.</param>
public sealed record Caller(
    string KeyId,
    string Label,
    ProjectId? Project,
    string? ProjectName,
    IReadOnlyList<string> Roles
)
{
    /// <summary>The role of a project's own administrators.</summary>
    public const string AdministratorRole = "admin";

    public bool ReachesEveryProject => Project is null;

    public bool Reaches(string projectName) =>
        ReachesEveryProject || string.Equals(ProjectName, projectName, StringComparison.Ordinal);

    /// <summary>Whether it may do all that the other may: the same key at another time, mostly.</summary>
    internal bool ReachesAllOf(Caller other) =>
        (ReachesEveryProject || Project == other.Project) && !other.Roles.Except(Roles, StringComparer.Ordinal).Any();

    /// <param name="projectName">The id in the resource name, such as <c>lab</c> of <c>projects/lab</c>.</param>
    /// <exception cref="DendriteException">PermissionDenied: the key belongs to another project.</exception>
    public void Require(string projectName)
    {
        if (Reaches(projectName))
            return;
        // Whether that project exists is none of this caller's business, so the message is the same either way.
        throw new DendriteException(
            ErrorReason.PermissionDenied,
            $"The API key '{KeyId}' does not reach projects/{projectName}: use a key of that project."
        )
        {
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["project"] = projectName },
        };
    }

    /// <exception cref="DendriteException">PermissionDenied: the key is bound to one project.</exception>
    public void RequireEveryProject()
    {
        if (!ReachesEveryProject)
        {
            throw new DendriteException(
                ErrorReason.PermissionDenied,
                $"The API key '{KeyId}' is bound to projects/{ProjectName}: use one that reaches every project."
            );
        }
    }

    /// <summary>Whether it decides how a project is run: a key of every project, or the project's own.</summary>
    /// <exception cref="DendriteException">PermissionDenied: another project's key, or without the role.</exception>
    public void RequireAdministrator(string projectName)
    {
        Require(projectName);
        if (!ReachesEveryProject)
        {
            RequireRole(AdministratorRole);
        }
    }

    /// <exception cref="DendriteException">PermissionDenied: the key does not have the role.</exception>
    public void RequireRole(string role)
    {
        if (!Roles.Contains(role, StringComparer.Ordinal))
        {
            throw new DendriteException(
                ErrorReason.PermissionDenied,
                $"The API key '{KeyId}' lacks the role '{role}' that this call needs."
            );
        }
    }
}
