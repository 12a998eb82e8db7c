namespace Mend.Cluster;

/// <summary>Sends requests to grains and takes their answers, in pieces where a message does not take them whole.</summary>
internal static class Parcels
{
    /// <summary>What a message holds beside the weight of what it carries: names, lengths, the call itself.</summary>
    private const int Beside = 4096;

    /// <summary>Whether something is sent whole.</summary>
    /// <param name="most">Bytes of a piece at most.</param>
    /// <param name="weight">About the bytes that it takes.</param>
    public static bool FitsIn(int most, long weight) => weight + Beside <= most;

    /// <summary>Packs a request; its pieces go to the grain before it.</summary>
    /// <param name="grain">Who is asked.</param>
    /// <param name="request">The request.</param>
    /// <param name="weight">About the bytes that it takes.</param>
    /// <param name="most">Bytes of a piece at most.</param>
    public static async Task<WireParcel<T>> SendAsync<T>(IAddressable grain, T request, long weight, int most)
        where T : class
    {
        if (FitsIn(most, weight))
        {
            return new WireParcel<T>(request, default, 0);
        }

        IParcels desk = grain.AsReference<IParcels>();
        Guid name = Guid.NewGuid();
        byte[][] pieces = WirePieces.Cut(request, most);
        long bytes = pieces.Sum(p => (long)p.Length);
        for (int i = 0; i < pieces.Length; i++)
        {
            await desk.PutAsync(name, i, pieces.Length, bytes, pieces[i]).ConfigureAwait(false);
        }

        return new WireParcel<T>(null, name, pieces.Length);
    }

    /// <summary>Unpacks an answer, and fetches it where it is in pieces.</summary>
    /// <param name="grain">Who has answered.</param>
    /// <param name="answer">The answer.</param>
    public static async Task<T> TakeAsync<T>(IAddressable grain, WireParcel<T> answer)
        where T : class
    {
        if (answer.Whole is { } whole)
        {
            return whole;
        }

        IParcels desk = grain.AsReference<IParcels>();
        List<byte[]> pieces = [];
        for (int i = 0; i < answer.Pieces; i++)
        {
            pieces.Add(await desk.GetAsync(answer.Name, i).ConfigureAwait(false));
        }

        await desk.DropAsync(answer.Name).ConfigureAwait(false);
        return WirePieces.Join<T>(pieces);
    }
}
