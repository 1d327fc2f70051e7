import pickle


class SignalSimilarityInfo: ...


class IndexMatch:
    def __init__(self, similarity_info, metadata):
        self.similarity_info, self.metadata = similarity_info, metadata


class SignalTypeIndex:
    def serialize(self, fout):
        fout.write(pickle.dumps(self))

    @classmethod
    def deserialize(cls, fin):
        return pickle.loads(fin.read())
