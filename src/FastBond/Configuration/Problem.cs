namespace FastBond.Configuration;

/// <summary>
/// Where something stands. Two places are always equal, since where a thing was said is no part of what was said: configurations are
/// compared by what they mean.
/// </summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Line">Line, from 1; 0 for the file as a whole.</param>
internal readonly record struct Place(string File, int Line)
{
    /// <inheritdoc/>
    public bool Equals(Place other) => true;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;

    /// <summary>"file:line", as compilers print it.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}

/// <summary>How much a <see cref="Problem"/> matters.</summary>
internal enum Severity
{
    /// <summary>Understood, and left to others or out.</summary>
    Note,

    /// <summary>Probably not what was meant.</summary>
    Warning,

    /// <summary>Nothing of the configuration may be applied.</summary>
    Error,
}

/// <summary>Something to say of a line of a configuration.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Text">What was given, what is wrong with it, what would do.</param>
internal sealed record Problem(Severity Severity, Place Place, string Text)
{
    /// <summary>"file:line: text", with "warning" or "note" before the text if that is what it is.</summary>
    public override string ToString() => Severity == Severity.Error ? $"{Place}: {Text}" : $"{Place}: {Severity.ToString().ToLowerInvariant()}: {Text}";
}
