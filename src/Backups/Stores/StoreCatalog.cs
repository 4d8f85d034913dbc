using System.Collections.Concurrent;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Dendrite.Errors;

namespace Dendrite.Backups.Stores;

/// <summary>The stores of the installation by name. Thread-safe.</summary>
public sealed class StoreCatalog(BackupOptions options, TimeProvider time) : IDisposable
{
    /// <summary>Within a call of the store; a lost connection costs no more than this before the next try.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromMinutes(2);

    private const int MaxRetries = 4;

    private readonly ConcurrentDictionary<string, IObjectStore> open = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<IDisposable> clients = [];

    /// <summary>Their names, in order.</summary>
    public IReadOnlyList<string> Names => [.. options.Stores.Keys.Order(StringComparer.Ordinal)];

    /// <exception cref="DendriteException">INVALID_ARGUMENT: the installation has no such store.</exception>
    public IObjectStore Get(string name, string field = "store") =>
        options.Stores.ContainsKey(name) ? open.GetOrAdd(name, Open) : throw NoSuchStore(name, field);

    public void Dispose()
    {
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }

    private DendriteException NoSuchStore(string name, string field)
    {
        var known = Names.Count == 0 ? "it has none; configure Backups:Stores" : $"it has {string.Join(", ", Names)}";
        var shown = name.Length <= 63 ? name : name[..63];
        return DendriteException.Invalid(field, $"'{shown}' is no backup store of this installation: {known}");
    }

    private IObjectStore Open(string name)
    {
        var store = options.Stores[name];
        if (store.Folder is { } folder)
        {
            return new FolderStore(folder, time);
        }

        var config = new AmazonS3Config
        {
            AuthenticationRegion = store.Region,
            // Servers other than AWS have no host name for each bucket.
            ForcePathStyle = store.Endpoint is not null,
            MaxErrorRetry = MaxRetries,
            Timeout = RequestTimeout,
            // Checksums of newer kinds are not understood everywhere; the digest in each object's name says more.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (store.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(store.Region);
        }

        var client = store.AccessKey is { } key
            ? new AmazonS3Client(new BasicAWSCredentials(key, store.SecretKey), config)
            : new AmazonS3Client(config);
        clients.Add(client);
        return new S3Store(client, store.Bucket!, store.Prefix, time);
    }
}
