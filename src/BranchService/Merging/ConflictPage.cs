using System.Globalization;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Pages of conflicts, which are found anew for each: a page begins behind the conflict that the one before ended with,
/// and not at a number, for conflicts are decided, and branches move on, in between.
/// </summary>
internal static class ConflictPage
{
    /// <param name="conflicts">All of them, in their order.</param>
    /// <param name="filter">Those that are asked for.</param>
    /// <param name="place">Where the page before ended; null: the first page.</param>
    /// <returns>The page, and where it ended; null where it is the last.</returns>
    /// <exception cref="DendriteException">
    /// INVALID_PAGE_TOKEN, also where that conflict is none any more.
    /// </exception>
    public static (IReadOnlyList<V1.Conflict> Page, string? Next) Read(
        IReadOnlyList<PlannedConflict> conflicts,
        Func<PlannedConflict, bool> filter,
        string? place,
        int size
    )
    {
        var start = place is null ? 0 : FindEnd(conflicts, place) + 1;
        var asked = Enumerable.Range(start, conflicts.Count - start).Where(i => filter(conflicts[i])).ToList();
        var page = PageBytes.Fitting(asked.Take(size).Select(i => conflicts[i].Contract)).ToList();
        return (page, asked.Count > page.Count ? PlaceOf(asked[page.Count - 1]) : null);

        string PlaceOf(int at) => $"{at} {conflicts[at].Contract.ConflictId}";
    }

    private static int FindEnd(IReadOnlyList<PlannedConflict> conflicts, string place)
    {
        if (
            place.Split(' ') is not [var number, var id]
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        )
        {
            throw PageToken.NotOurs();
        }

        var end =
            at < conflicts.Count && conflicts[at].Contract.ConflictId == id
                ? at
                : conflicts.ToList().FindIndex(conflict => conflict.Contract.ConflictId == id);
        return end >= 0 ? end : throw IsGone(id);
    }

    private static DendriteException IsGone(string id)
    {
        var problem =
            $"ends at conflict {id}, which is none any more since a branch moved on or another one was decided; "
            + "begin again without it";
        return new(ErrorReason.InvalidPageToken, $"page_token: {problem}")
        {
            FieldViolations = [new("page_token", problem)],
        };
    }
}
