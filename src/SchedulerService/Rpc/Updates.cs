using Dendrite.Errors;

namespace Dendrite.SchedulerService.Rpc;

/// <summary>Changes of what a caller may name without saying which state of it they know.</summary>
internal static class Updates
{
    private const int MaxTries = 5;

    /// <summary>
    /// Reads, changes and writes; again where another was faster, unless the caller named the state that it changes:
    /// who named none does not care about what else changed, so its fields go onto that.
    /// </summary>
    /// <param name="expected">The revision that the caller named.</param>
    /// <param name="changeAsync">Reads the current state, and writes only where that still is the current one.</param>
    /// <exception cref="DendriteException">ETAG_MISMATCH: another was faster, five times where none is expected.
    /// </exception>
    public static async Task<T> OntoLatestAsync<T>(long? expected, Func<Task<T>> changeAsync)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await changeAsync();
            }
            catch (DendriteException moved)
                when (moved.Reason == ErrorReason.EtagMismatch && expected is null && tries < MaxTries)
            {
                // Changed meanwhile: once more, onto what it is now.
            }
        }
    }
}
