using Dendrite.ServiceDefaults.Grpc;

namespace Dendrite.ServiceDefaults.Tests.Grpc;

public sealed class WirePoolTests
{
    [Fact]
    public void A_piece_is_larger_than_that_of_Kestrel_and_is_used_again()
    {
        using var pool = new WirePool();
        Memory<byte> first;
        using (var piece = pool.Rent())
        {
            first = piece.Memory;
        }

        using var again = pool.Rent(pool.MaxBufferSize);

        Assert.Equal(32 << 10, again.Memory.Length);
        Assert.True(first.Equals(again.Memory));
    }

    [Fact]
    public void A_piece_given_back_twice_is_lent_to_one_only()
    {
        using var pool = new WirePool();
        var piece = pool.Rent();
        piece.Dispose();
        piece.Dispose();

        using var one = pool.Rent();
        using var other = pool.Rent();

        Assert.False(one.Memory.Equals(other.Memory));
        Assert.Throws<ObjectDisposedException>(() => piece.Memory);
    }

    [Fact]
    public void More_than_a_piece_is_refused()
    {
        using var pool = new WirePool();

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(pool.MaxBufferSize + 1));
    }
}
