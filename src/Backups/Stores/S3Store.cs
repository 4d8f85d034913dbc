using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Dendrite.Errors;

namespace Dendrite.Backups.Stores;

/// <summary>
/// A bucket of S3-compatible storage. An object appears when its last byte is there, so it is whole or not at all; long
/// ones go in parts, which are put together or given up.
/// </summary>
public sealed class S3Store(IAmazonS3 client, string bucket, string prefix, TimeProvider time) : IObjectStore
{
    /// <summary>What goes in one request: a part that fails is sent again, and not the whole.</summary>
    private const int PartBytes = 16 << 20;

    /// <summary>No writer takes this long for one object.</summary>
    private static readonly TimeSpan RemainsAge = TimeSpan.FromDays(1);

    /// <summary>
    /// How long one call may take, its repetitions and the reading of what it brings included: a server that falls
    /// silent is away.
    /// </summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long it may take to give up the parts of a write that failed: whoever waits for that is to hear of the
    /// failure, and the server may be away.
    /// </summary>
    public TimeSpan AbortLimit { get; init; } = TimeSpan.FromSeconds(10);

    public async Task<long?> FindSizeAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = bucket, Key = Place(key) };
        var found = await KnownAsync(limit => client.GetObjectMetadataAsync(request, limit), cancellationToken);
        return found?.ContentLength;
    }

    public Task PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        content.Length <= PartBytes
            ? PutWholeAsync(key, content, cancellationToken)
            : PutPartsAsync(key, content, cancellationToken);

    public async Task<byte[]?> FindAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { BucketName = bucket, Key = Place(key) };
        return await KnownAsync(
            async limit =>
            {
                using var found = await client.GetObjectAsync(request, limit);
                var content = new byte[Math.Min(found.ContentLength, maxBytes + 1L)];
                var length = await found.ResponseStream.ReadAtLeastAsync(content, content.Length, false, limit);
                return length == content.Length ? content : content[..length];
            },
            cancellationToken
        );
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = Within(prefix) };
        do
        {
            var page = await DoneAsync(limit => client.ListObjectsV2Async(request, limit), cancellationToken);
            foreach (var found in page.S3Objects ?? [])
            {
                if (ObjectKey.TryParse(found.Key[Within("").Length..], out var key))
                {
                    yield return new(key, found.Size ?? 0);
                }
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        } while (request.ContinuationToken is not null);
    }

    public Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken) =>
        KnownAsync(limit => client.DeleteObjectAsync(bucket, Place(key), limit), cancellationToken);

    /// <summary>Parts that were never put together cost room, and no listing shows them.</summary>
    public async Task RemoveRemainsAsync(string prefix, CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = bucket, Prefix = Within(prefix) };
        var old = time.GetUtcNow().UtcDateTime - RemainsAge;
        ListMultipartUploadsResponse page;
        try
        {
            page = await DoneAsync(limit => client.ListMultipartUploadsAsync(request, limit), cancellationToken);
        }
        catch (DendriteException)
        {
            // Not every server knows the question; then its own rules for remains are all there is.
            return;
        }

        foreach (var upload in page.MultipartUploads ?? [])
        {
            if (upload.Initiated < old)
            {
                await AbortAsync(upload.Key, upload.UploadId, cancellationToken);
            }
        }
    }

    private Task PutWholeAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var request = new PutObjectRequest
        {
            BucketName = bucket,
            Key = Place(key),
            InputStream = ReadOnly(content),
            // Signed by its digest, over any transport, and with a length that every server understands.
            UseChunkEncoding = false,
        };
        return DoneAsync(limit => client.PutObjectAsync(request, limit), cancellationToken);
    }

    private async Task PutPartsAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = bucket, Key = Place(key) };
        var begun = await DoneAsync(limit => client.InitiateMultipartUploadAsync(begin, limit), cancellationToken);
        var upload = begun.UploadId ?? throw Unavailable(null);
        try
        {
            var parts = new List<PartETag>();
            for (var offset = 0; offset < content.Length; offset += PartBytes)
            {
                var part = content.Slice(offset, Math.Min(PartBytes, content.Length - offset));
                parts.Add(await PutPartAsync(key, upload, parts.Count + 1, part, cancellationToken));
            }

            var end = new CompleteMultipartUploadRequest
            {
                BucketName = bucket,
                Key = Place(key),
                UploadId = upload,
                PartETags = parts,
            };
            await DoneAsync(limit => client.CompleteMultipartUploadAsync(end, limit), cancellationToken);
        }
        catch
        {
            await AbortAsync(Place(key), upload, CancellationToken.None);
            throw;
        }
    }

    private async Task<PartETag> PutPartAsync(
        ObjectKey key,
        string upload,
        int number,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        var request = new UploadPartRequest
        {
            BucketName = bucket,
            Key = Place(key),
            UploadId = upload,
            PartNumber = number,
            PartSize = content.Length,
            InputStream = ReadOnly(content),
            UseChunkEncoding = false,
        };
        var sent = await DoneAsync(limit => client.UploadPartAsync(request, limit), cancellationToken);
        return new(number, sent.ETag);
    }

    private async Task AbortAsync(string place, string upload, CancellationToken cancellationToken)
    {
        try
        {
            await DoneAsync(
                limit => client.AbortMultipartUploadAsync(bucket, place, upload, limit),
                AbortLimit,
                cancellationToken
            );
        }
        catch (DendriteException)
        {
            // The parts stay; RemoveRemainsAsync finds them.
        }
    }

    private static MemoryStream ReadOnly(ReadOnlyMemory<byte> content) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(content, out var array)
            ? new(array.Array!, array.Offset, array.Count, writable: false)
            : new(content.ToArray(), writable: false);

    private string Place(ObjectKey key) => Within(key.ToString());

    private string Within(string key) => prefix.Length == 0 ? key : $"{prefix}/{key}";

    /// <summary>Null where the object is not there; only for what asks for one, or deletes it.</summary>
    private async Task<T?> KnownAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await DoneAsync(call, cancellationToken);
        }
        catch (DendriteException away)
            when (away.InnerException
                    is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" }
            )
        {
            return null;
        }
    }

    /// <summary>What was not done is UNAVAILABLE: to a write, "not found" says that nothing was written.</summary>
    private Task<T> DoneAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        DoneAsync(call, CallLimit, cancellationToken);

    private async Task<T> DoneAsync<T>(
        Func<CancellationToken, Task<T>> call,
        TimeSpan callLimit,
        CancellationToken cancellationToken
    )
    {
        using var clock = new CancellationTokenSource(callLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (Exception failure)
            when (failure
                    is AmazonServiceException
                        or AmazonClientException
                        or HttpRequestException
                        or IOException
                        or TimeoutException
            )
        {
            throw Unavailable(failure);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable(late);
        }
    }

    private static DendriteException Unavailable(Exception? failure) =>
        new(
            ErrorReason.Unavailable,
            "The backup store (S3) cannot be read or written; the log of the Scheduler service says why.",
            failure
        );
}
