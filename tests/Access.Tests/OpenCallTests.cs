using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Access;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Access.Tests;

/// <summary>Calls whose key ceases to be good while they are open.</summary>
public sealed class OpenCallTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private KeyedService? service;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Access:OpenCallCheckInterval"] = "00:00:00.1",
            ["Access:OpenCallEndTimeout"] = "00:00:00.5",
        };
        service = await KeyedService.StartAsync(database, settings);
    }

    public ValueTask DisposeAsync() => service!.DisposeAsync();

    [Theory]
    [InlineData(KeyedService.Waits)]
    [InlineData(KeyedService.StopsInSilence)]
    [InlineData(KeyedService.WritesOn)]
    public async Task A_call_ends_when_its_key_is_disabled_whatever_its_handler_does(string how)
    {
        var key = await TestKeys.AddAsync(database);
        using var call = await OpenAsync(key, how);
        await DisableAsync(key);
        await AssertEndsAsync(call, ErrorReason.Unauthenticated, $"The API key '{key.Id}' is disabled");
    }

    [Fact]
    public async Task A_call_ends_when_its_key_expires_and_when_it_is_deleted()
    {
        var expiring = await TestKeys.AddAsync(
            database,
            stored => stored with { ExpireTime = TimeProvider.System.GetUtcNow().AddSeconds(2) }
        );
        var deleted = await TestKeys.AddAsync(database);
        using var first = await OpenAsync(expiring);
        using var second = await OpenAsync(deleted);
        await using (var delete = database.Owner.CreateCommand("DELETE FROM access.api_key WHERE key_id = @id"))
        {
            delete.Parameters.AddWithValue("id", deleted.Id);
            await delete.ExecuteNonQueryAsync(Token);
        }

        await AssertEndsAsync(second, ErrorReason.Unauthenticated, $"The API key '{deleted.Id}' is not known");
        await AssertEndsAsync(first, ErrorReason.Unauthenticated, $"The API key '{expiring.Id}' has expired");
    }

    [Fact]
    public async Task Who_waits_for_an_operation_waits_no_longer_than_the_key_is_good()
    {
        var key = await TestKeys.AddAsync(database);
        using var call = service!.Operations.WaitOperationAsync(new(), key.Headers(), cancellationToken: Token);
        await UntilAsync(() => service.OpenCalls == 1);
        await DisableAsync(key);
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience, Token));
        AssertIs(failure, ErrorReason.Unauthenticated, $"The API key '{key.Id}' is disabled");
        await UntilAsync(() => service.OpenCalls == 0);
    }

    [Fact]
    public async Task A_call_whose_key_reaches_less_is_to_be_made_again()
    {
        var project = await TestKeys.AddProjectAsync(database, "narrow");
        var bound = await TestKeys.AddAsync(database);
        var without = await TestKeys.AddAsync(database);
        using var first = await OpenAsync(bound);
        using var second = await OpenAsync(without);
        await TestKeys.PutAsync(database, bound, stored => stored with { Project = project });
        await AssertEndsAsync(first, ErrorReason.Unavailable, $"The API key '{bound.Id}' reaches less");
        await TestKeys.PutAsync(database, without, stored => stored with { Roles = [] });
        await AssertEndsAsync(second, ErrorReason.Unavailable, $"The API key '{without.Id}' reaches less");
        using var again = await OpenAsync(without);
    }

    [Fact]
    public async Task Other_calls_go_on_and_so_do_those_whose_key_reaches_more()
    {
        var project = await TestKeys.AddProjectAsync(database, "wide");
        var widened = await TestKeys.AddAsync(database, stored => stored with { Project = project, Roles = [] });
        using var going = await OpenAsync(widened);
        await TestKeys.PutAsync(database, widened);
        for (var round = 0; round < 2; round++)
        {
            var key = await TestKeys.AddAsync(database);
            using var ended = await OpenAsync(key);
            await DisableAsync(key);
            await AssertEndsAsync(ended, ErrorReason.Unauthenticated, key.Id);
        }

        var next = going.ResponseStream.MoveNext(Token);
        await Task.Delay(TimeSpan.FromMilliseconds(200), Token);
        Assert.False(next.IsCompleted);
    }

    /// <summary>It is not told why, but keeps no handler.</summary>
    [Fact]
    public async Task A_client_that_takes_nothing_is_cut_off()
    {
        var key = await TestKeys.AddAsync(database);
        using var call = await OpenAsync(key, KeyedService.WritesOn);
        // The handler waits for this client, in the midst of a message.
        await Task.Delay(TimeSpan.FromMilliseconds(500), Token);
        await DisableAsync(key);
        await UntilAsync(() => service!.OpenCalls == 0);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (!holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }
    }

    private Task DisableAsync(ApiKey key) =>
        TestKeys.PutAsync(database, key, stored => stored with { DisableTime = DateTimeOffset.UnixEpoch });

    private async Task<AsyncServerStreamingCall<ReadRunLogResponse>> OpenAsync(
        ApiKey key,
        string how = KeyedService.Waits
    )
    {
        var call = service!.Client.ReadRunLog(new() { Name = how }, key.Headers());
        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.Equal(key.Id, call.ResponseStream.Current.Lines[0].Message);
        return call;
    }

    private static async Task AssertEndsAsync(
        AsyncServerStreamingCall<ReadRunLogResponse> call,
        ErrorReason reason,
        string message
    )
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(Token).WaitAsync(Patience, Token)) { }
        });
        AssertIs(failure, reason, message);
    }

    private static void AssertIs(RpcException failure, ErrorReason reason, string message)
    {
        var error = ErrorStatus.FromRpcException(failure);
        Assert.NotNull(error);
        Assert.Equal(reason, error.Reason);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
