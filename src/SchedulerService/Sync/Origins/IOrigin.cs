namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>Where items come from. Opened for one listing.</summary>
internal interface IOrigin
{
    /// <summary>
    /// The pages from a place on, in order; the enumeration ends where the source does. Passing failures are tried
    /// again within; what is thrown is for good.
    /// </summary>
    /// <exception cref="Errors.DendriteException">SOURCE_FAILED, ADDRESS_REFUSED; UNAVAILABLE: not for now.</exception>
    /// <exception cref="PlaceLostException">The source does not know the place any more.</exception>
    IAsyncEnumerable<SourcePage> ReadAsync(ListingPlace place, CancellationToken cancellationToken);
}

/// <summary>A source does not know a place any more, such as a cursor that has expired: begin anew.</summary>
internal sealed class PlaceLostException(string message) : Exception(message);
