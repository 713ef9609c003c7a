namespace FastBond.Simulation.Network;

/// <summary>What can happen to a frame or a host; the letters of a history.</summary>
internal enum Happening
{
    Note,
    SentByHost,
    Transmitted,
    OnCable,
    LostOnCable,
    Received,
    Filtered,
    Missed,
    Delivered,
    Dropped,
    Learnt,
    Published,
}

/// <summary>
/// Everything that happened in one run, as a fingerprint: two runs are the same to the bit if it is. The last of it is kept as text for
/// whoever must understand a failure.
/// </summary>
internal sealed class History(VirtualTime time)
{
    private const int Kept = 400;

    // FNV-1a over 64-bit words, with a final mix: fast, and the same in every process.
    private const ulong Basis = 0xcbf2_9ce4_8422_2325;
    private const ulong Prime = 0x0000_0100_0000_01b3;

    private readonly Entry[] _last = new Entry[Kept];
    private ulong _hash = Basis;

    /// <summary>How much happened.</summary>
    public long Count { get; private set; }

    public ulong Fingerprint
    {
        get
        {
            ulong mixed = (_hash ^ (_hash >> 32)) * 0x9e37_79b9_7f4a_7c15;
            return mixed ^ (mixed >> 29);
        }
    }

    /// <summary>Told of everything as it happens; null for nobody.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>The last that happened, oldest first.</summary>
    public IEnumerable<string> Last =>
        Enumerable.Range(0, (int)Math.Min(Count, Kept)).Select(i => _last[(Count - Math.Min(Count, Kept) + i) % Kept].ToString());

    public void Add(Happening what, string where, long number) => Add(new Entry(time.NowNs, what, where, number));

    public void Note(string where, string text) => Add(new Entry(time.NowNs, Happening.Note, $"{where}: {text}", 0));

    private void Add(in Entry entry)
    {
        Mix((ulong)entry.TimeNs);
        Mix((ulong)entry.What);
        foreach (char c in entry.Where)
        {
            Mix(c);
        }

        Mix((ulong)entry.Number);
        _last[Count++ % Kept] = entry;
        Trace?.Invoke(entry.ToString());
    }

    private void Mix(ulong word) => _hash = (_hash ^ word) * Prime;

    private readonly record struct Entry(long TimeNs, Happening What, string Where, long Number)
    {
        public override string ToString() => What == Happening.Note
            ? $"{TimeNs / 1e6,12:f3} ms  {Where}"
            : $"{TimeNs / 1e6,12:f3} ms  {Where} {What} {Number}";
    }
}
