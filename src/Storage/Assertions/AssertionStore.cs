using Dendrite.Errors;
using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Assertions;

/// <summary>Finds and lists assertions. Changes are in <see cref="AssertionWriter"/>.</summary>
public sealed class AssertionStore(PlatformDatabase database)
{
    private readonly NamedRows<AssertionRecord> rows = new(database, AssertionRow.Table);

    /// <summary>The assertion of that name. One round trip.</summary>
    /// <exception cref="DendriteException">ASSERTION_NOT_FOUND.</exception>
    public Task<AssertionRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of assertions, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<AssertionRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

    /// <summary>All assertions of a project, by name: what a merge asks. One round trip, one index probe.</summary>
    public Task<IReadOnlyList<AssertionRecord>> ListAllAsync(ProjectId project, CancellationToken cancellationToken) =>
        ListAsync(project, "", int.MaxValue, cancellationToken);

    /// <summary>ASSERTION_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchAssertion(string name) =>
        new(ErrorReason.AssertionNotFound, $"Assertion '{name}' does not exist; list the assertions of the project.");
}
