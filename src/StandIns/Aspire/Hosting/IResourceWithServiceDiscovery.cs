using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Others find its endpoints by name (<c>services:{name}:{endpoint}:{index}</c>).</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
