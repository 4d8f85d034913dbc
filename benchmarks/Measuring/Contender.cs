namespace Dendrite.Benchmarks.Measuring;

/// <summary>One of two ways to do the same work.</summary>
/// <param name="Name">What it is called in the results.</param>
/// <param name="RunAsync">Does so many operations; throws if one of them goes wrong.</param>
public sealed record Contender(string Name, Func<int, Task> RunAsync);
