namespace Dendrite.Benchmarks.Branching;

/// <summary>The same records, through a branch or in a plain table.</summary>
internal interface IRecordTable
{
    /// <summary>Reads records by key; the sum of the bytes read.</summary>
    Task<long> GetAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken);

    /// <summary>Reads so many records in the order of keys.</summary>
    Task<long> RangeAsync(long first, int count, CancellationToken cancellationToken);

    /// <summary>Reads every record, in any order.</summary>
    Task<long> ScanAsync(CancellationToken cancellationToken);

    /// <summary>Writes records, new ones and others, durable when it returns.</summary>
    Task WriteAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken);

    /// <summary>Reads records and writes them and others, as one transaction: nobody else wrote what it read.</summary>
    Task TransactAsync(IReadOnlyList<long> read, IReadOnlyList<long> written, CancellationToken cancellationToken);
}
