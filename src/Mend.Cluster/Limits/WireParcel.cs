namespace Mend.Cluster;

/// <summary>Something on its way: whole where one message takes it, else by the name of pieces that went before it, or are to be fetched.</summary>
/// <param name="Whole">The thing itself; null when it is in pieces.</param>
/// <param name="Name">Names the pieces.</param>
/// <param name="Pieces">Their number; 0 when it is whole.</param>
/// <typeparam name="T">What it is.</typeparam>
[GenerateSerializer, Immutable, Alias("mend.wire.parcel`1")]
public sealed record WireParcel<T>([property: Id(0)] T? Whole, [property: Id(1)] Guid Name, [property: Id(2)] int Pieces)
    where T : class
{
    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => Whole is null ? $"{typeof(T).Name} in {Pieces} pieces" : typeof(T).Name;
}

/// <summary>Takes and gives the pieces of what no single message takes. Every grain of a silo has it, for the silo.</summary>
[Alias("mend.parcels"), Needs(CallerRight.Read)]
internal interface IParcels : IGrainExtension
{
    /// <summary>Brings a piece.</summary>
    [Alias("put"), AlwaysInterleave]
    Task PutAsync(Guid name, int index, int pieces, long bytes, byte[] piece);

    /// <summary>Fetches a piece.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<byte[]> GetAsync(Guid name, int index);

    /// <summary>Says that all were fetched.</summary>
    [Alias("drop"), AlwaysInterleave]
    Task DropAsync(Guid name);
}

/// <summary>The silo's parcels, as each grain shows them.</summary>
internal sealed class ParcelDesk(ParcelStore parcels) : IParcels
{
    public Task PutAsync(Guid name, int index, int pieces, long bytes, byte[] piece)
    {
        parcels.Put(name, index, pieces, bytes, piece);
        return Task.CompletedTask;
    }

    public Task<byte[]> GetAsync(Guid name, int index) => Task.FromResult(parcels.Get(name, index));

    public Task DropAsync(Guid name)
    {
        parcels.Drop(name);
        return Task.CompletedTask;
    }
}
